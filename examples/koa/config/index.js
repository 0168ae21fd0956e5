// The settings, under the names that the tutorial's project gives them. All come from the
// environment: a secret in a file of the project ends up in its repository.

const { WX_APP_ID, WX_APP_SECRET, WX_BASE_URL, WX_ALLOWED_HOSTS, WX_SANDBOX, WXSIGN_STORE } = process.env

module.exports = {
  appId: WX_APP_ID,
  appSecret: WX_APP_SECRET,
  wxapiBaseUrl: WX_BASE_URL || 'https://api.weixin.qq.com/cgi-bin',
  // Whose pages are signed: `shop.example.com,*.example.org`, or `*` for every host. There is no
  // default on purpose.
  allowedHosts: WX_ALLOWED_HOSTS,
  // Where tickets are kept between runs: a directory, `redis://…` or `memory`. By default this
  // user's state directory.
  store: !WXSIGN_STORE || /^(memory$|rediss?:)/.test(WXSIGN_STORE) ? WXSIGN_STORE || undefined : { dir: WXSIGN_STORE },
  // The address of wxsign's stand-in for WeChat, which can verify a signature. Unset with a real
  // account.
  sandbox: WX_SANDBOX,
}
