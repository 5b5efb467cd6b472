#!/bin/sh
# Put nginx in front of the platform: writes what stands in this folder, with this machine's values in place
# of the examples', to where nginx reads it. Run it again when a value changes, and after upgrades.
#
#   sh deploy/nginx/configure.sh school.example
#
# CERTIFICATE, CERTIFICATE_KEY  where TLS's files lie   (/etc/letsencrypt/live/<host>/…)
# REPLAY_HOSTS                  where recordings lie    (as /etc/edu-platform/env says, else *.vod2.myqcloud.com)
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

# An address that holds on one network card alone is of no use here.
resolver=${RESOLVER:-$(awk '$1 == "nameserver" && $2 !~ /%/ { print $2; exit }' /etc/resolv.conf)}
case $resolver in
    "") echo "/etc/resolv.conf names no server: say RESOLVER=… ." >&2 && exit 1 ;;
    *:*) resolver="[$resolver]" ;;
esac

# host, host:port and *.host, as the platform reads them, as a regular expression for nginx's location.
replay_hosts=${REPLAY_HOSTS:-$(sed -n 's/^REPLAY_HOSTS=//p' /etc/edu-platform/env 2>/dev/null || true)}
media_hosts=$(printf '%s' "${replay_hosts:-*.vod2.myqcloud.com}" | tr 'A-Z,' 'a-z\n' | tr -d " \"'" |
    sed -e '/^$/d' -e 's/[].[]/\\&/g' -e 's/^\*\\\./[a-z0-9_.-]+\\./' | paste -s -d '|' -)
# Each backslash twice: sed, which puts them in below, reads one of them as its own.
media_hosts=$(printf '%s' "$media_hosts" | sed 's/\\/&&/g')

# On a machine without IPv6 the lines that listen there are removed, or nginx would not start.
[ -f /proc/net/if_inet6 ] && as_it_stands='&' || as_it_stands=''

# Whole files, which nginx may read at any moment.
sed -e "s/resolver 127\.0\.0\.53 /resolver $resolver /" -e "s~(?<media_host>[^)]*)~(?<media_host>$media_hosts)~" \
    "$here/replay-media.conf" >"$nginx/replay-media.conf.new"
sed -e "s/^ *listen \[::\].*/$as_it_stands/" -e "s/server_name school\.example;/server_name $host;/" \
    -e "s|/etc/ssl/school\.example\.crt|$certificate|" -e "s|/etc/ssl/school\.example\.key|$key|" \
    -e "s|http://127\.0\.0\.1:8000|http://$web|" \
    -e "s/resolver 127\.0\.0\.53 /resolver $resolver /" -e "s|/etc/nginx/replay-media\.conf|$nginx/replay-media.conf|" \
    "$here/platform.conf" >"$nginx/conf.d/edu-platform.conf.new"
mv "$nginx/replay-media.conf.new" "$nginx/replay-media.conf"
mv "$nginx/conf.d/edu-platform.conf.new" "$nginx/conf.d/edu-platform.conf"
echo "Written: $nginx/conf.d/edu-platform.conf and $nginx/replay-media.conf"
