// wxsign/nest: a module with an injectable service and one route. The one entry that loads its
// framework.

import {
  All,
  Controller,
  type DynamicModule,
  HttpException,
  Inject,
  Module,
  type ModuleMetadata,
  type Provider,
  Req,
  Res,
} from '@nestjs/common'

import type { Client } from './client'
import { type AgentConfig, type AgentConfigOptions, type ConfigOptions, type WxConfig, withDefaults } from './config'
import { isOurs } from './error'
import { answer, isMethod } from './handler/answer'
import { routeAt, SUFFIXES } from './handler/route'
import { DEFAULT_PATH, openSite, type Site, type SiteOptions } from './handler/site'
import { queryOf } from './handler/url'

export type { PageOptions, SiteOptions } from './handler/site'

/** What every module has beside its handler's options. */
export interface NestOptions {
  /** The route, below the application's prefix; `/wx/config` by default, `false` for none. */
  path?: string | false | undefined
  /** Whether every module of the application can inject the service. */
  global?: boolean | undefined
}

/** Options that are made while the application starts. */
export interface NestAsyncOptions extends NestOptions, Pick<ModuleMetadata, 'imports'> {
  /** What the factory takes. */
  inject?: unknown[]
  // biome-ignore lint/suspicious/noExplicitAny: what is injected has the types that its user gives it
  useFactory(...injected: any[]): SiteOptions | Promise<SiteOptions>
}

/** Signs pages, for constructors that ask for it. It is closed when the application shuts down. */
export class WxSignService {
  readonly #site: Site

  /** @internal */
  constructor(site: Site) {
    this.#site = site
  }

  /** The client behind it. */
  get client(): Client {
    return this.#site.client
  }

  /** What `wx.config()` takes, for the page at `url`. Fails with an `HttpException`. */
  async config(url: string, options?: ConfigOptions): Promise<WxConfig> {
    return this.#forPage(url, () => this.client.config(url, withDefaults(this.#site.page, 'config', options)))
  }

  /** What `wx.agentConfig()` takes. Fails with an `HttpException`, also if the client is not one of 企业微信. */
  async agentConfig(url: string, options?: AgentConfigOptions): Promise<AgentConfig> {
    const { jsApiList } = this.#site.page
    return this.#forPage(url, () => this.client.agentConfig(url, withDefaults({ jsApiList }, 'agentConfig', options)))
  }

  async #forPage<T>(url: string, sign: () => Promise<T>): Promise<T> {
    try {
      const signed = await sign()
      this.#site.reporter.succeeded()
      return signed
    } catch (error) {
      if (!isOurs(error)) throw error
      const { httpStatus, code, publicMessage: message } = error
      // Only now: `onError` may change what it is given.
      this.#site.reporter.failed(error, url, '')
      throw new HttpException({ code, message }, httpStatus, { cause: error })
    }
  }

  /** @internal */
  async respond(request: NestRequest, response: NestResponse): Promise<unknown> {
    const { method, url, originalUrl, body, headers: asked } = request
    // The controller has all routes, because it is made before the client is.
    const path = (originalUrl ?? url).split('?', 1)[0] ?? ''
    const route = routeAt('*', this.#site.routes, { path })
    if (!route || !isMethod(this.#site, method)) throw new HttpException('Not Found', 404)
    const { 'content-type': contentType, origin } = asked
    const query = queryOf(originalUrl ?? url)
    const reply = await answer(this.#site, route, () => ({ method, query, contentType, body, origin }))
    for (const [name, value] of Object.entries(reply.headers)) response.header(name, value)
    response.status(reply.status)
    return reply.body
  }

  /** Called by Nest. */
  async onApplicationShutdown(): Promise<void> {
    await this.#site.close()
  }
}

/** The parts of a request that are used here, on Express and on Fastify. */
interface NestRequest {
  method: string
  url: string
  originalUrl?: string
  body?: unknown
  headers: Record<string, unknown>
}

/** The parts of a response that are used here, on Express and on Fastify. */
interface NestResponse {
  header(name: string, value: string): unknown
  status(code: number): unknown
}

/**
 * The module.
 *
 * @example
 * const signing = WxSignModule.forRoot({
 *   appId: 'wx…',
 *   appSecret: process.env.WX_APP_SECRET,
 *   allowedHosts: ['example.com'],
 * })
 *
 * \@Module({ imports: [signing] })
 * class AppModule {}
 * // GET /wx/config?url=… returns the page's config; a constructor may ask for the WxSignService
 */
// biome-ignore lint/complexity/noStaticOnlyClass: the shape of a module with options
export class WxSignModule {
  /** With options that are known now. */
  static forRoot({ path, global, ...options }: SiteOptions & NestOptions): DynamicModule {
    return moduleOf({ path, global }, { provide: WxSignService, useFactory: () => open(options) })
  }

  /** With options that come from other providers. */
  static forRootAsync({ path, global, imports = [], inject = [], useFactory }: NestAsyncOptions): DynamicModule {
    const provider = {
      provide: WxSignService,
      inject,
      useFactory: async (...all: unknown[]) => open(await useFactory(...all)),
    }
    return { ...moduleOf({ path, global }, provider as Provider), imports }
  }
}
Module({})(WxSignModule)

function open(options: object): WxSignService {
  return new WxSignService(openSite({ ...options, path: '*' }))
}

type Given = { [name in keyof NestOptions]: NestOptions[name] | undefined }

function moduleOf({ path = DEFAULT_PATH, global = false }: Given, provider: Provider): DynamicModule {
  const controllers = path === false ? [] : [controllerAt(path)]
  return { module: WxSignModule, global, controllers, providers: [provider], exports: [WxSignService] }
}

// Its route is an option, so the class is made for each module, and decorated by hand.
function controllerAt(path: string): new (service: WxSignService) => object {
  class WxSignController {
    readonly #service: WxSignService
    constructor(service: WxSignService) {
      this.#service = service
    }
    answer(request: NestRequest, response: NestResponse): Promise<unknown> {
      return this.#service.respond(request, response)
    }
  }
  Controller(path)(WxSignController)
  Inject(WxSignService)(WxSignController, undefined, 0)
  const { prototype } = WxSignController
  All([...SUFFIXES])(prototype, 'answer', Object.getOwnPropertyDescriptor(prototype, 'answer') as PropertyDescriptor)
  Req()(prototype, 'answer', 0)
  Res({ passthrough: true })(prototype, 'answer', 1)
  return WxSignController
}
