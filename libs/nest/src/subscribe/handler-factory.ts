import { Injectable } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/internal';
import {
  ContextIdFactory,
  ExternalContextCreator,
  type ParamsFactory,
} from '@nestjs/core';
import {
  Injector,
  REQUEST_CONTEXT_ID,
  STATIC_CONTEXT,
  type InstanceWrapper,
} from '@nestjs/core/internal';
import { RequestContextHost } from '@nestjs/microservices/context/request-context-host.js';
import { RpcParamsFactory } from '@nestjs/microservices/factories/rpc-params-factory.js';
import { isObservable } from 'rxjs';
import type { BatchContext, RecordContext } from '#client';
import { settled, undoable, undoingItsEffects } from './handled-transaction.js';
import { hasExceptionFilters } from './has-exception-filters.js';
import type { Subscription } from './subscription.js';

type Context = RecordContext | BatchContext;
type Target = (payload: unknown, context: Context) => Promise<unknown>;
type Method = (...args: unknown[]) => unknown;
type Host = Record<string, Method>;
type ContextId = ReturnType<typeof ContextIdFactory.create>;

/** Wraps the methods of subscriptions in Nest's pipes, guards, interceptors and exception filters. */
@Injectable()
export class HandlerFactory {
  readonly #contexts: ExternalContextCreator;
  readonly #injector = new Injector();
  readonly #params = new RpcParamsFactory() as ParamsFactory;

  constructor(contexts: ExternalContextCreator) {
    this.#contexts = contexts;
  }

  /** A function that handles one record, or one batch, as Nest handles a message. */
  create(
    subscription: Subscription,
  ): (payload: unknown, context: Context) => Promise<void> {
    const { wrapper, method, options } = subscription;
    const filtered = hasExceptionFilters(this.#contexts, wrapper, method);
    const undoes = filtered && options.transactional !== false;
    const target = wrapper.isDependencyTreeStatic()
      ? this.#target(wrapper.instance as Host, { method, undoes })
      : this.#scopedTarget(subscription, undoes);
    return async (payload, context) => {
      const act = async () => {
        const result = await target(payload, context);
        if (isObservable(result)) await settled(result);
      };
      await (undoes ? undoable(context.tx, act) : act());
    };
  }

  #target(
    host: Host,
    at: {
      readonly method: string;
      readonly undoes: boolean;
      readonly contextId?: ContextId;
      readonly inquirerId?: string;
    },
  ): Target {
    const method = host[at.method] as Method;
    return this.#contexts.create(
      host,
      at.undoes ? undoingItsEffects(method) : method,
      at.method,
      ROUTE_ARGS_METADATA,
      this.#params,
      at.contextId ?? STATIC_CONTEXT,
      at.inquirerId,
      { guards: true, interceptors: true, filters: true },
      'rpc',
    );
  }

  /** Makes the provider anew for each record, as Nest does for each message. */
  #scopedTarget(
    { wrapper, method, topic }: Subscription,
    undoes: boolean,
  ): Target {
    return async (payload, context) => {
      // Nest's type asks for one of its own contexts; nothing is called on it.
      const request = new RequestContextHost(
        topic.name,
        payload,
        context as never,
      );
      const contextId = this.#contextId(wrapper, request);
      const host = await this.#load(wrapper, contextId);
      const at = { method, undoes, contextId, inquirerId: wrapper.id };
      return this.#target(host, at)(payload, context);
    };
  }

  async #load(wrapper: InstanceWrapper, contextId: ContextId): Promise<Host> {
    const module = wrapper.host as NonNullable<typeof wrapper.host>;
    const { controllers, providers } = module;
    const collection =
      controllers.get(wrapper.token) === wrapper ? controllers : providers;
    return (await this.#injector.loadPerContext(
      wrapper.instance as object,
      module,
      collection,
      contextId,
      wrapper,
    )) as Host;
  }

  #contextId(wrapper: InstanceWrapper, request: RequestContextHost): ContextId {
    const contextId = ContextIdFactory.getByRequest(request);
    Object.defineProperty(request, REQUEST_CONTEXT_ID, { value: contextId });
    const provided = wrapper.isDependencyTreeDurable()
      ? contextId.payload
      : Object.assign(request, contextId.payload);
    this.#contexts.registerRequestProvider(provided, contextId);
    return contextId;
  }
}
