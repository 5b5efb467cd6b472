// A school's sign-in for tests: oidc-provider. A file that tests write names the platform and the people.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const { PACKAGES, PORT, SCHOOL, CLIENT_ID, CLIENT_SECRET } = process.env;
const load = (name) => import(pathToFileURL(createRequire(`${PACKAGES}/`).resolve(name)));
const { Provider } = await load('oidc-provider');
const { default: MemoryAdapter } = await load('oidc-provider/lib/adapters/memory_adapter.js');

const school = () => JSON.parse(readFileSync(SCHOOL, 'utf8'));

// One server serves all tests, and each test's platform has an address of its own.
const platform = () => {
  const url = school().platform_url;
  const backThere = `${url}/accounts/oidc/school`;
  return {
    client_id: CLIENT_ID,
    client_secret: CLIENT_SECRET,
    redirect_uris: [`${backThere}/login/callback/`],
    post_logout_redirect_uris: [`${url}/accounts/login/`],
    backchannel_logout_uri: `${backThere}/backchannel-logout/`,
    backchannel_logout_session_required: true,
  };
};
const clients = { find: async (id) => (id === CLIENT_ID ? platform() : undefined) };

const provider = new Provider(`http://127.0.0.1:${PORT}`, {
  adapter: (name) => (name === 'Client' ? clients : new MemoryAdapter(name)),
  claims: {
    openid: ['sub'],
    profile: ['name', 'preferred_username'],
    email: ['email', 'email_verified'],
    roles: ['realm_access'],
  },
  features: {
    backchannelLogout: { enabled: true },
    devInteractions: { enabled: false },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => {
        ctx.body = page(`${form}<button form="op.logoutForm" name="logout" value="yes">Sign out here too</button>`);
      },
    },
  },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  // Whoever signs in agrees to what the platform asks for.
  async loadExistingGrant(ctx) {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope('openid profile email roles');
    await grant.save();
    return grant;
  },
  findAccount: (ctx, sub) => {
    const claims = school().people[sub];
    return claims && { accountId: sub, claims: () => ({ sub, ...claims }) };
  },
  // Without its guard, which keeps it from this machine's own addresses: the platform is at one.
  fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options),
  cookies: { keys: ['a key of tests'] },
  renderError: (ctx, out) => {
    ctx.type = 'json';
    ctx.body = out;
  },
});

const page = (body) => `<!doctype html><html lang="en"><title>The school's sign-in</title><body>${body}`;

const form = page(`
  <h1>The school's sign-in</h1>
  <form method="post">
    <label>Name <input name="login" autofocus></label>
    <button>Sign in</button>
    <button name="leave" value="yes">Leave</button>
  </form>`);

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/interaction/')) return next();
  if (ctx.method === 'GET') {
    ctx.type = 'html';
    ctx.body = form;
    return undefined;
  }
  let sent = '';
  for await (const piece of ctx.req) sent += piece;
  const answer = new URLSearchParams(sent);
  const result = answer.get('leave')
    ? { error: 'access_denied' }
    : { login: { accountId: answer.get('login') } };
  ctx.respond = false;
  return provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: false });
});

provider.listen(Number(PORT), '127.0.0.1');
