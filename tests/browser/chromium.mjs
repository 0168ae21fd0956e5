// Chromium as WeChat's own browser would look to a page: found on this machine, started once, one
// phone per test.

import { existsSync } from 'node:fs'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** The browser to use: `CHROMIUM`, or the system's; undefined if there is none. */
export const chromium = process.env.CHROMIUM || PLACES.find((path) => existsSync(path))

/** Why the tests are skipped; false if they are not. `REQUIRE_BROWSER=1` makes a missing browser a failure. */
export const skip =
  chromium || process.env.REQUIRE_BROWSER ? false : 'no Chromium here: apt-get install chromium, or set CHROMIUM'

const IN_WECHAT =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.50(0x18003231) NetType/WIFI Language/zh_CN'

/** Starts the browser. It may reach nothing by itself: what a page asks for is answered by the tests. */
export async function launch() {
  const playwright = await import('playwright-core')
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run']
  return playwright.chromium.launch({
    executablePath: chromium,
    // As root, and in most containers, Chromium's own sandbox cannot start.
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', ...quiet],
  })
}

/** A phone with WeChat on it, or with an ordinary browser. */
export function phone(browser, { wechat = true, width = 390 } = {}) {
  return browser.newContext({
    viewport: { width, height: 844 },
    deviceScaleFactor: 2,
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    ...(wechat && { userAgent: IN_WECHAT }),
  })
}
