// What a reader of the page gets, fetched over HTTP from the running application.

import { verdict } from './sandbox.mjs'

/** Something in the page that no error page has. */
export const MARKER = 'id="wxsign-page"'

/** Fetches the page; false if the answer is another one. */
export async function pageCame(address) {
  const answer = await fetch(address)
  return answer.status === 200 && (await answer.text()).includes(MARKER)
}

/**
 * Fetches a config from `route` for the page at `url`, and the sandbox's verdict on it if there is
 * a sandbox. `right` is whether all went as it should; without a sandbox that is no more than
 * having come.
 */
export async function signed(address, route, url, sandbox) {
  const answer = await fetch(new URL(`${route}?url=${encodeURIComponent(url)}`, address))
  if (!answer.ok) {
    const why = await answer.json().catch(() => ({}))
    return { right: false, failure: `HTTP ${answer.status} ${why.code ?? ''}` }
  }
  const config = await answer.json()
  if (sandbox === undefined) return { right: true, config }
  // WeChat's client takes the address without its fragment.
  const said = await verdict(sandbox, url.split('#')[0], config)
  return { right: said.ok === true, config, said }
}
