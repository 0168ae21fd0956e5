// A stand-in for the bridge that WeChat's client puts into every page. Like the client, it takes
// the address from the browser and not from the page's script, and lets the service decide.

import { verdict } from '../../examples/koa/demo/sandbox.mjs'

/** Puts the bridge into every page of `context`; gives the list of what the SDK asked it to verify. */
export async function addBridge(context, sandbox) {
  const asked = []
  await context.exposeFunction('askClient', async (url, given) => {
    const { verifyAppId, verifyTimestamp, verifyNonceStr, verifySignature } = given
    asked.push({ url, ...given })
    const said = await verdict(sandbox, url, {
      appId: verifyAppId,
      timestamp: verifyTimestamp,
      nonceStr: verifyNonceStr,
      signature: verifySignature,
    })
    return said.errMsg.replace(/^config/, 'preVerifyJSAPI')
  })
  await context.addInitScript(() => {
    window.WeixinJSBridge = {
      async invoke(name, given, done) {
        if (name === 'getNetworkType') return done({ err_msg: 'network_type:wifi' })
        if (name !== 'preVerifyJSAPI') return done({ err_msg: `${name}:function not exist` })
        done({ err_msg: await window.askClient(location.href.split('#')[0], given) })
      },
      on() {},
    }
  })
  return asked
}
