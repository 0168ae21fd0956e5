// Queries and bodies where no framework has parsed them. Small by nature, so read whole, and given up when they are not.

// A URL has 2,048 bytes at most, and three times that when every one of them is escaped.
const MOST = 16_384

/** The `url` of a query string: one, or the list where there are several, which is then refused. */
export function urlParameter(query: string): unknown {
  const urls = new URLSearchParams(query).getAll('url')
  return urls.length > 1 ? urls : urls[0]
}

/** A JSON or form body as an object with its `url`; undefined where it is neither, broken, or too long. */
export async function parsed(
  contentType: string | null | undefined,
  chunks: AsyncIterable<Uint8Array>,
): Promise<unknown> {
  const kind = /^\s*application\/(json|x-www-form-urlencoded)\s*(;|$)/i.exec(contentType ?? '')?.[1]?.toLowerCase()
  if (kind === undefined) return undefined
  const text = await collect(chunks)
  if (text === undefined) return undefined
  if (kind !== 'json') return { url: urlParameter(text) }
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<string | undefined> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunks) {
    length += chunk.length
    if (length > MOST) return undefined
    parts.push(chunk)
  }
  return Buffer.concat(parts).toString('utf8')
}
