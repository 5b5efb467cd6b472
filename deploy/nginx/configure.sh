#!/bin/sh
# Put nginx in front of the platform: writes what stands in this folder, with this machine's values in place
# of the examples', to where nginx reads it. Run it again when a value changes, and after upgrades.
#
#   sh deploy/nginx/configure.sh school.example
#
# CERTIFICATE, CERTIFICATE_KEY  where TLS's files lie   (/etc/letsencrypt/live/<host>/…)
# WEB                           where the platform is   (127.0.0.1:8000)
# RESOLVER                      who knows hosts' names  (the first of /etc/resolv.conf)
# NGINX                         where nginx is set up   (/etc/nginx)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
host=${1:?the host of PUBLIC_BASE_URL, such as school.example}
nginx=${NGINX:-/etc/nginx}
certificate=${CERTIFICATE:-/etc/letsencrypt/live/$host/fullchain.pem}
key=${CERTIFICATE_KEY:-/etc/letsencrypt/live/$host/privkey.pem}
web=${WEB:-127.0.0.1:8000}
resolver=${RESOLVER:-$(awk '$1 == "nameserver" { print $2; exit }' /etc/resolv.conf)}
case $resolver in
    "") echo "/etc/resolv.conf names no server: say RESOLVER=… ." >&2 && exit 1 ;;
    *:*) resolver="[$resolver]" ;;
esac

# Whole files, which nginx may read at any moment.
sed "s/resolver 127\.0\.0\.53 /resolver $resolver /" "$here/replay-media.conf" >"$nginx/replay-media.conf.new"
sed -e "s|/etc/ssl/school\.example\.crt|$certificate|" -e "s|/etc/ssl/school\.example\.key|$key|" \
    -e "s/school\.example/$host/g" -e "s|http://127\.0\.0\.1:8000|http://$web|" \
    -e "s/resolver 127\.0\.0\.53 /resolver $resolver /" -e "s|/etc/nginx/replay-media\.conf|$nginx/replay-media.conf|" \
    "$here/platform.conf" >"$nginx/conf.d/edu-platform.conf.new"
mv "$nginx/replay-media.conf.new" "$nginx/replay-media.conf"
mv "$nginx/conf.d/edu-platform.conf.new" "$nginx/conf.d/edu-platform.conf"
echo "Written: $nginx/conf.d/edu-platform.conf and $nginx/replay-media.conf"
