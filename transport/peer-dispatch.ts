/**
 * A call's way from its bytes to its reply, whatever brought it (stream, datagram): credential, program, version,
 * procedure, access, arguments, handler, result. Every verdict is RFC 5531's; SYSTEM_ERR only for our own failures.
 * Hostile bytes never throw here. Nothing of a message that is not owned is referred to after `dispatch` returns.
 */
import { type BadMessage, type Incoming, Kind, Verdict, type VerdictDetail } from '../codec/rpc/incoming.ts';
import { AuthStat } from '../codec/rpc/index.ts';
import { isXdrError } from '../codec/xdr/index.ts';
import type { Dialect } from './dialect.ts';
import type { Message } from './message.ts';
import { ServedCall } from './peer-context.ts';
import { AccessLevel, type DecodeRules, type ServedProcedure, ServiceTable } from './peer-services.ts';
import type { ConnectionView, Service } from './peer-types.ts';
import { checkAgainstSchema, explainRefusal } from './peer-validate.ts';
import { MessageWriter } from './peer-writer.ts';

/** Where calls come from and replies go. */
export interface CallTarget {
  /** that the calls were classified by, and that replies are written in */
  readonly dialect: Dialect;
  readonly connection: ConnectionView;
  /** one encoded reply, the target's own */
  reply(message: Message): void;
  /** a handler gave a promise: the call is in flight until `ended` */
  began(call: ServedCall): void;
  ended(call: ServedCall): void;
}

/** Why a message was thrown away without an answer. */
export type DropReason = BadMessage | 'unexpected_reply';

/** Who counts. Called on the hot path: keep it cheap. */
export interface DispatchObserver {
  /** milliseconds; read before and after a handler */
  now(): number;
  /** a call was answered, or is done where it has no reply; `procedure` is null where it named none that is served */
  answered(procedure: ServedProcedure | null, verdict: Verdict, milliseconds: number): void;
  dropped(reason: DropReason): void;
  /** a handler threw, or its result is no value of its type: SYSTEM_ERR was answered */
  failed(error: unknown, procedure: ServedProcedure): void;
}

export interface DispatcherOptions extends DecodeRules {
  readonly observer?: DispatchObserver;
  readonly writer?: MessageWriter;
  /**
   * 'refused' (default): zod explains results that the encoder refuses. 'always': decoded arguments and results are
   * held against zod too, for tests; zod must be loaded.
   */
  readonly validate?: 'refused' | 'always';
}

const NO_DETAIL: VerdictDetail = {};

export class Dispatcher {
  readonly #table: ServiceTable;
  readonly #writer: MessageWriter;
  readonly #observer: DispatchObserver | null;
  readonly #always: boolean;

  constructor(options: DispatcherOptions = {}) {
    this.#table = new ServiceTable(options);
    this.#writer = options.writer ?? new MessageWriter();
    this.#observer = options.observer ?? null;
    this.#always = options.validate === 'always';
  }

  /** Throws TypeError for a service that cannot be added. */
  add(service: Service): void {
    this.#table.add(service);
  }

  /** Other limits for arguments that are decoded from now on. */
  setLimits(limits: DecodeRules['limits']): void {
    this.#table.setLimits(limits);
  }

  /** What is served; `index` of a procedure is its place here. */
  get procedures(): readonly ServedProcedure[] {
    return this.#table.procedures;
  }

  /** Whether any version of the program is served. */
  serves(program: number): boolean {
    return this.#table.programs.has(program);
  }

  /**
   * Serves the classified call in `bytes`. A message that is no call is dropped: a REPLY is never answered. At most one
   * reply goes to `target`, now or, where the handler gave a promise, later; none to a call without an id. Where
   * `bytes` are `owned`, the arguments may keep their backing buffer.
   */
  dispatch(bytes: Uint8Array, incoming: Incoming, target: CallTarget, owned = false): void {
    if (incoming.kind !== Kind.CALL) {
      this.#observer?.dropped(incoming.bad ?? 'unexpected_reply');
      return;
    }
    if (incoming.verdict !== Verdict.SUCCESS) {
      this.#reject(target, incoming, incoming.verdict as Verdict, incoming);
      return;
    }
    const authStat = target.dialect.judge(incoming, target.connection.transport);
    if (authStat !== AuthStat.AUTH_OK) {
      this.#reject(target, incoming, Verdict.AUTH_ERROR, { authStat });
      return;
    }
    const program = this.#table.programs.get(incoming.program);
    if (program === undefined) {
      this.#reject(target, incoming, Verdict.PROG_UNAVAIL, NO_DETAIL);
      return;
    }
    const procedures = program.versions.get(incoming.version);
    if (procedures === undefined) {
      this.#reject(target, incoming, Verdict.PROG_MISMATCH, program);
      return;
    }
    const entry = procedures.get(incoming.procedure);
    if (entry === undefined) {
      this.#reject(target, incoming, Verdict.PROC_UNAVAIL, NO_DETAIL);
      return;
    }
    if (entry.level > AccessLevel[target.connection.access]) {
      this.#refuse(target, entry, incoming.id, Verdict.AUTH_ERROR, { authStat: AuthStat.AUTH_TOOWEAK });
      return;
    }
    this.#serve(entry, bytes, incoming, target, owned);
  }

  #serve(
    entry: ServedProcedure,
    bytes: Uint8Array,
    incoming: Incoming,
    target: CallTarget,
    owned: boolean,
  ): void {
    const { id, bodyOff } = incoming;
    const { program, version, procedure } = entry;
    const credential = target.dialect.credential(bytes, incoming);
    const call = new ServedCall(id, program, version, procedure, credential, target.connection);
    const start = this.#observer === null ? 0 : this.#observer.now();
    let result: unknown;
    try {
      const refusal = entry.guard === null ? null : entry.guard(call);
      if (refusal !== null) throw refusal;
      const args = this.#arguments(entry, bytes, bodyOff, owned);
      if (args === GARBAGE) {
        this.#refuse(target, entry, id, Verdict.GARBAGE_ARGS, NO_DETAIL, start);
        return;
      }
      result = entry.handler(args, call);
    } catch (error) {
      this.#failed(error, entry, id, target, start);
      return;
    }
    if (isThenable(result)) this.#later(result, entry, call, target, start);
    else this.#reply(entry, id, result, target, start);
  }

  #arguments(entry: ServedProcedure, bytes: Uint8Array, off: number, owned: boolean): unknown {
    let args: unknown;
    try {
      args = entry.decode(bytes, off, owned);
    } catch (error) {
      if (isXdrError(error)) return GARBAGE;
      throw error;
    }
    if (this.#always)
      checkAgainstSchema(`arguments of ${entry.procedure.name}`, entry.procedure.argument, args);
    return args;
  }

  #later(
    result: PromiseLike<unknown>,
    entry: ServedProcedure,
    call: ServedCall,
    target: CallTarget,
    start: number,
  ): void {
    target.began(call);
    result.then(
      (value) => {
        if (!call.aborted) this.#reply(entry, call.xid, value, target, start);
        target.ended(call);
      },
      (error: unknown) => {
        if (!call.aborted) this.#failed(error, entry, call.xid, target, start);
        target.ended(call);
      },
    );
  }

  #reply(entry: ServedProcedure, id: number, result: unknown, target: CallTarget, start: number): void {
    if (id >= 0) {
      const writer = this.#writer.begin();
      const at = writer.p;
      try {
        if (this.#always && !entry.repeats) {
          checkAgainstSchema(`result of ${entry.procedure.name}`, entry.procedure.result, result);
        }
        target.dialect.writeReply(writer, id, entry.program, entry.version, entry.procedure.number);
        entry.encode(writer, result);
      } catch (error) {
        this.#writer.abandon(writer, at);
        this.#badResult(error, entry, result);
        this.#refuse(target, entry, id, Verdict.SYSTEM_ERR, NO_DETAIL, start);
        return;
      }
      target.reply(this.#writer.end(writer, at));
    }
    if (this.#observer !== null) {
      this.#observer.answered(entry, Verdict.SUCCESS, this.#observer.now() - start);
    }
  }

  /** What a handler threw: the verdict that the dialect has for it, else SYSTEM_ERR. */
  #failed(error: unknown, entry: ServedProcedure, id: number, target: CallTarget, start: number): void {
    const verdict = target.dialect.verdictOf(error);
    if (verdict === Verdict.SYSTEM_ERR) {
      this.#observer?.failed(error, entry);
      this.#refuse(target, entry, id, verdict, NO_DETAIL, start);
    } else {
      this.#refuse(target, entry, id, verdict, error as VerdictDetail, start);
    }
  }

  #badResult(refusal: unknown, entry: ServedProcedure, result: unknown): void {
    const observer = this.#observer;
    if (observer === null) return;
    const { name, result: type } = entry.procedure;
    explainRefusal(`result of ${name}`, type, result, refusal).then(
      (error) => observer.failed(error, entry),
      (error: unknown) => observer.failed(error, entry),
    );
  }

  /** A call that names nothing served, or is not looked at so far. */
  #reject(target: CallTarget, incoming: Incoming, verdict: Verdict, detail: VerdictDetail): void {
    const { id, program, version, procedure } = incoming;
    this.#answer(target, id, program, version, procedure, verdict, detail);
    this.#observer?.answered(null, verdict, 0);
  }

  #refuse(
    target: CallTarget,
    entry: ServedProcedure,
    id: number,
    verdict: Verdict,
    detail: VerdictDetail,
    start = -1,
  ): void {
    const { program, version, procedure } = entry;
    this.#answer(target, id, program, version, procedure.number, verdict, detail);
    const observer = this.#observer;
    if (observer !== null) observer.answered(entry, verdict, start < 0 ? 0 : observer.now() - start);
  }

  #answer(
    target: CallTarget,
    id: number,
    program: number,
    version: number,
    procedure: number,
    verdict: Verdict,
    detail: VerdictDetail,
  ): void {
    if (id < 0) return;
    const writer = this.#writer.begin();
    const at = writer.p;
    target.dialect.writeVerdict(writer, id, program, version, procedure, verdict, detail);
    target.reply(this.#writer.end(writer, at));
  }
}

/** Stands for arguments that cannot be decoded; undefined is what void decodes to. */
const GARBAGE = Symbol('garbage arguments');

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
