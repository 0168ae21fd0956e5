// The handlers among the types of their real frameworks. Compiled only, by handlers.test.js.

import { createServer } from 'node:http'
import { Module } from '@nestjs/common'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import Koa, { type DefaultState } from 'koa'
import { createClient, type WorkClient } from 'wxsign'
import * as forExpress from 'wxsign/express'
import * as forFastify from 'wxsign/fastify'
import * as forHttp from 'wxsign/http'

import jsSHA = require('wxsign/jssha')

import * as forKoa from 'wxsign/koa'
import { WxSignModule, type WxSignService } from 'wxsign/nest'
import * as forWeb from 'wxsign/web'

const account = { appId: 'wx1', appSecret: 's' }
const options = { ...account, allowedHosts: ['example.com'], jsApiList: ['scanQRCode'] as const }
const client = createClient({ ...account, allowedHosts: '*' })

export const koa = new Koa<DefaultState, forKoa.WxContext>()
koa.use(forKoa.wxsign(options))
koa.use(async (ctx) => {
  ctx.body = await ctx.wxConfig()
})

const work = { corpId: 'ww1', agentId: 1000002, appSecret: 's', allowedHosts: ['example.com'] }
koa.use(forKoa.wxsign({ ...work, invoices: true, suiteTicket: async () => 'T' }))
koa.use(async (ctx) => {
  ctx.body = await ctx.wxAgentConfig()
})

forKoa.wxsign(work).client.agentConfig satisfies WorkClient['agentConfig']
forExpress.wxsign({ client: createClient(work) }).client.agentConfig satisfies WorkClient['agentConfig']
forHttp.wxsign(work).client.tryAgentConfig satisfies WorkClient['tryAgentConfig']
forWeb.wxsign({ ...work, path: '*' }).client.tryAgentConfig satisfies WorkClient['tryAgentConfig']
export const decorated = {} as forFastify.WxFastify<WorkClient>
decorated.wxsign.agentConfig satisfies WorkClient['agentConfig']

export const app = express()
app.use(forExpress.wxsign({ client }))
app.get('/sign', forExpress.wxsign({ client, path: '*' }))

export const fastify = Fastify()
fastify.register(forFastify.wxsign, { ...options, prefix: '/api' })

export const hono = new Hono()
const web = forWeb.wxsign({
  client,
  corsOrigins: ['https://m.example.com'],
  onError: (error) => console.error(error.hint),
})
hono.all('/wx/config', (c) => web(c.req.raw))

export const server = createServer(forHttp.wxsign(options))
forHttp.wxsign(options).client.state().closed satisfies boolean

class Root {
  constructor(readonly wx: WxSignService) {}
}
Module({
  imports: [
    WxSignModule.forRoot({ ...options, path: false, global: true }),
    WxSignModule.forRoot({ ...work, path: '/work' }),
    WxSignModule.forRootAsync({ inject: ['X'], useFactory: async (x: string) => ({ ...options, appId: x }) }),
  ],
})(Root)

new jsSHA('a', 'TEXT').getHash('SHA-1', 'HEX', 1, { outputUpper: true }) satisfies string

export function fromTheEnvironment(): void {
  const { WX_APP_ID: appId, WX_APP_SECRET: appSecret, WX_ALLOWED_HOSTS: allowedHosts, REDIS_URL: store } = process.env
  forKoa.wxsign({ appId, appSecret, allowedHosts, store, path: undefined, onError: async () => {} })
  forExpress.wxsign({ appId, appSecret, allowedHosts, store })
  WxSignModule.forRoot({ appId, appSecret, allowedHosts, store, path: undefined })
}

export function refused(): void {
  // @ts-expect-error the hosts are missing
  forKoa.wxsign(account)
  // @ts-expect-error the client of a 公众号 has no agentConfig
  forKoa.wxsign(options).client.agentConfig
  // @ts-expect-error an account is of one family
  forExpress.wxsign({ ...work, appId: 'wx1' })
  // @ts-expect-error the hosts are missing
  forExpress.wxsign({ corpId: 'ww1', agentId: 1, appSecret: 's' })
  // @ts-expect-error a client has its options already
  forWeb.wxsign({ client, appId: 'wx1' })
  // @ts-expect-error a list
  forExpress.wxsign({ client, jsApiList: 'scanQRCode' })
  // @ts-expect-error the other hashes are node:crypto's
  new jsSHA('a', 'TEXT').getHash('SHA-256', 'HEX')
}
