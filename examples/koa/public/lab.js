// The demo's laboratory: signs wrongly on purpose, explains what a visitor pastes, and shows
// wxsign's diagnosis.

const lab = (() => {
  const $ = (id) => document.getElementById(id)
  const VERDICTS = {
    valid: ['有效：签名与页面一致', 'Valid: the signature fits the page.'],
    invalid: ['无效', 'Invalid'],
    unknown: ['无法判断：证据不足', 'Unknown: the evidence decides nothing.'],
  }
  const CERTAINTIES = {
    proven: '已证实 proven',
    likely: '很可能 likely',
    possible: '可能 possible',
  }

  /** An element with these texts and elements in it. Text is never read as HTML. */
  function element(tag, className, ...children) {
    const made = document.createElement(tag)
    if (className) made.className = className
    made.append(...children)
    return made
  }

  /** One cause, in both languages. */
  function causeOf({ code, certainty, title, titleZh, fix, fixZh, signed, expected, detail, detailZh }) {
    const made = element(
      'div',
      'cause',
      element('p', '', element('b', '', code), element('span', 'tag', CERTAINTIES[certainty])),
      element('p', '', titleZh),
      element('p', 'en', title),
    )
    made.dataset.certainty = certainty
    for (const [name, value] of [
      ['签名用的 signed', signed],
      ['应当是 expected', expected],
    ]) {
      if (value) made.append(element('p', '', element('span', 'en', `${name}：`), element('code', '', value)))
    }
    if (detail) made.append(element('p', '', detailZh), element('p', 'en', detail))
    made.append(element('p', '', `→ ${fixZh}`), element('p', 'en', `→ ${fix}`))
    return made
  }

  /** Shows a report, with what stands before it. */
  function show(place, { verdict, causes }, before = []) {
    const [zh, en] = VERDICTS[verdict]
    const head = element('p', `said ${verdict === 'valid' ? 'good' : ''}`, zh, ' ', element('span', 'en', en))
    place.replaceChildren(...before, head, ...causes.map(causeOf))
    place.dataset.verdict = verdict
  }

  function fail(place, zh, en) {
    place.replaceChildren(element('p', 'said', zh, ' ', element('span', 'en', en)))
    place.dataset.verdict = 'failed'
  }

  /** Runs one at a time: the buttons wait for it. */
  async function busy(place, run) {
    const buttons = document.querySelectorAll('.lab button')
    for (const button of buttons) button.disabled = true
    delete place.dataset.verdict
    try {
      await run()
    } catch (error) {
      fail(place, '出错了：', error.message)
    } finally {
      for (const button of buttons) button.disabled = false
    }
  }

  /** The address as a browser would have it in location.href. */
  function addressOf(text) {
    try {
      return new URL(text).href
    } catch {
      return undefined
    }
  }

  function breakIt(name, button) {
    const place = $('break-report')
    for (const other of document.querySelectorAll('#mistakes button')) other.setAttribute('aria-pressed', other === button)
    return busy(place, async () => {
      const url = addressOf($('break-url').value)
      if (!url) return fail(place, '这不是一个完整的网址。', 'This is no whole URL.')
      const answer = await fetch(`/broken?${new URLSearchParams({ mistake: name, url })}`)
      if (!answer.ok) {
        const { code } = await answer.json().catch(() => ({ code: `HTTP ${answer.status}` }))
        return fail(place, '这个网址不能签名：', code)
      }
      const { hashed, said, report } = await answer.json()
      show(place, report, [
        element('p', 'en', '实际参与签名的文本 What was hashed'),
        element('p', 'url', hashed),
        element('p', 'en', '微信会怎么说 What WeChat would say'),
        element('p', '', element('code', '', said.errMsg), said.hint_zh ? ` ${said.hint_zh}` : ''),
        element('p', 'en', 'wxsign 的诊断 What wxsign says'),
      ])
    })
  }

  async function explainPasted() {
    const place = $('paste-report')
    const text = $('evidence').value
    await busy(place, async () => {
      const answer = await fetch('/explain', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ text }),
      })
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`)
      const report = await answer.json()
      if (report.isEmpty) fail(place, '没有识别出任何内容。', 'Nothing was recognised.')
      else show(place, report)
    })
  }

  async function main() {
    const answer = await fetch('/broken')
    if (answer.ok) {
      for (const { name, zh, en } of await answer.json()) {
        const button = element('button', '', zh, element('span', 'en', en))
        button.type = 'button'
        button.dataset.mistake = name
        button.addEventListener('click', () => breakIt(name, button))
        $('mistakes').append(button)
      }
      $('break-url').value = new URL(
        '/page/商品?id=1&q=a%20b&from=singlemessage&isappinstalled=0#/detail',
        location.href,
      ).href
      $('break').hidden = false
    }
    // `npm start` has neither route; a real account has no /broken.
    if ((await fetch('/explain')).status === 405) {
      $('explain').addEventListener('click', explainPasted)
      $('paste').hidden = false
    }
  }

  return main()
})()

lab.catch((error) => console.error(error))
