/**
 * A call's way from its bytes to its reply, whatever brought it (stream, datagram): credential, program, version,
 * procedure, access, arguments, handler, result. Every verdict is RFC 5531's; SYSTEM_ERR only for our own failures.
 * Hostile bytes never throw here. Nothing of a message that is not owned is referred to after `dispatch` returns.
 */
import {
  AuthStat,
  HeaderStatus,
  isRpcError,
  MsgType,
  type OpaqueAuth,
  type RpcError,
  type RpcHeader,
} from '../codec/rpc/index.ts';
import { isXdrError } from '../codec/xdr/index.ts';
import type { Message } from './message.ts';
import { judgeCredential } from './peer-auth.ts';
import { ServedCall } from './peer-context.ts';
import { AccessLevel, type DecodeRules, type ServedProcedure, ServiceTable } from './peer-services.ts';
import type { ConnectionView, Service } from './peer-types.ts';
import { checkAgainstSchema, explainRefusal } from './peer-validate.ts';
import { Verdict, type VerdictDetail, verdictOf, writeAccepted, writeVerdict } from './peer-wire.ts';
import { MessageWriter } from './peer-writer.ts';

/** Where calls come from and replies go. */
export interface CallTarget {
  readonly connection: ConnectionView;
  /** one encoded reply, the target's own */
  reply(message: Message): void;
  /** a handler gave a promise: the call is in flight until `ended` */
  began(call: ServedCall): void;
  ended(call: ServedCall): void;
}

/** Why a message was thrown away without an answer. */
export type DropReason = 'header' | 'msg_type' | 'unexpected_reply';

/** Who counts. Called on the hot path: keep it cheap. */
export interface DispatchObserver {
  /** milliseconds; read before and after a handler */
  now(): number;
  /** `procedure` is null where the call named none that is served */
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
const NO_CREDENTIAL: OpaqueAuth = Object.freeze({ flavor: 0, body: new Uint8Array(0) });
const RPC_VERSIONS: VerdictDetail = { low: 2, high: 2 };

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

  /** What is served; `index` of a procedure is its place here. */
  get procedures(): readonly ServedProcedure[] {
    return this.#table.procedures;
  }

  /** Whether any version of the program is served. */
  serves(program: number): boolean {
    return this.#table.programs.has(program);
  }

  /**
   * Serves the call in `bytes`, whose header was parsed from `view` (over the same buffer, `h`'s offsets are in it).
   * A message that is no call is dropped: a REPLY is never answered. At most one reply goes to `target`, now or,
   * where the handler gave a promise, later. Where `bytes` are `owned`, the arguments may keep their backing buffer.
   */
  dispatch(bytes: Uint8Array, view: DataView, h: RpcHeader, target: CallTarget, owned = false): void {
    if (h.msgType !== MsgType.CALL) {
      this.#observer?.dropped(dropReason(h));
      return;
    }
    if (h.status !== HeaderStatus.COMPLETE) {
      this.#incomplete(h, target);
      return;
    }
    const { xid } = h;
    const authStat = judgeCredential(h, view, target.connection.transport);
    if (authStat !== AuthStat.AUTH_OK) {
      this.#refuse(target, null, xid, Verdict.AUTH_ERROR, { authStat });
      return;
    }
    const program = this.#table.programs.get(h.program);
    if (program === undefined) {
      this.#refuse(target, null, xid, Verdict.PROG_UNAVAIL, NO_DETAIL);
      return;
    }
    const procedures = program.versions.get(h.version);
    if (procedures === undefined) {
      this.#refuse(target, null, xid, Verdict.PROG_MISMATCH, program);
      return;
    }
    const entry = procedures.get(h.procedure);
    if (entry === undefined) {
      this.#refuse(target, null, xid, Verdict.PROC_UNAVAIL, NO_DETAIL);
      return;
    }
    if (entry.level > AccessLevel[target.connection.access]) {
      this.#refuse(target, entry, xid, Verdict.AUTH_ERROR, { authStat: AuthStat.AUTH_TOOWEAK });
      return;
    }
    this.#serve(entry, bytes, h, target, owned);
  }

  #serve(entry: ServedProcedure, bytes: Uint8Array, h: RpcHeader, target: CallTarget, owned: boolean): void {
    const { xid } = h;
    const base = bytes.byteOffset;
    const credential =
      h.credLen === 0 && h.credFlavor === 0
        ? NO_CREDENTIAL
        : {
            flavor: h.credFlavor,
            body: new Uint8Array(bytes.subarray(h.credOff - base, h.credOff - base + h.credLen)),
          };
    const call = new ServedCall(xid, h.program, h.version, entry.procedure, credential, target.connection);
    const start = this.#observer === null ? 0 : this.#observer.now();
    let result: unknown;
    try {
      const refusal = entry.guard === null ? null : entry.guard(call);
      if (refusal !== null) throw refusal;
      const args = this.#arguments(entry, bytes, h.bodyOff - base, owned);
      if (args === GARBAGE) {
        this.#refuse(target, entry, xid, Verdict.GARBAGE_ARGS, NO_DETAIL, start);
        return;
      }
      result = entry.handler(args, call);
    } catch (error) {
      this.#failed(error, entry, xid, target, start);
      return;
    }
    if (isThenable(result)) this.#later(result, entry, call, target, start);
    else this.#reply(entry, xid, result, target, start);
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

  #reply(entry: ServedProcedure, xid: number, result: unknown, target: CallTarget, start: number): void {
    const writer = this.#writer.begin();
    const at = writer.p;
    try {
      if (this.#always && !entry.repeats) {
        checkAgainstSchema(`result of ${entry.procedure.name}`, entry.procedure.result, result);
      }
      writeAccepted(writer, xid, Verdict.SUCCESS);
      entry.encode(writer, result);
    } catch (error) {
      this.#writer.abandon(writer, at);
      this.#badResult(error, entry, result);
      this.#refuse(target, entry, xid, Verdict.SYSTEM_ERR, NO_DETAIL, start);
      return;
    }
    target.reply(this.#writer.end(writer, at));
    if (this.#observer !== null) {
      this.#observer.answered(entry, Verdict.SUCCESS, this.#observer.now() - start);
    }
  }

  /** What a handler threw: the verdict that an RpcError names, else SYSTEM_ERR. */
  #failed(error: unknown, entry: ServedProcedure, xid: number, target: CallTarget, start: number): void {
    const verdict = isRpcError(error) ? verdictOf(error.code) : undefined;
    if (verdict === undefined || verdict === Verdict.SYSTEM_ERR) {
      this.#observer?.failed(error, entry);
      this.#refuse(target, entry, xid, Verdict.SYSTEM_ERR, NO_DETAIL, start);
    } else {
      this.#refuse(target, entry, xid, verdict, error as RpcError, start);
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

  /** A call whose header is not whole: what can be answered is, the rest is dropped. */
  #incomplete(h: RpcHeader, target: CallTarget): void {
    if (h.status === HeaderStatus.BAD_RPCVERS) {
      this.#refuse(target, null, h.xid, Verdict.RPC_MISMATCH, RPC_VERSIONS);
    } else if (h.status === HeaderStatus.BAD_AUTH_LENGTH) {
      const authStat = h.verfLen === -1 ? AuthStat.AUTH_BADCRED : AuthStat.AUTH_BADVERF;
      this.#refuse(target, null, h.xid, Verdict.AUTH_ERROR, { authStat });
    } else {
      this.#observer?.dropped('header');
    }
  }

  #refuse(
    target: CallTarget,
    entry: ServedProcedure | null,
    xid: number,
    verdict: Verdict,
    detail: VerdictDetail,
    start = -1,
  ): void {
    const writer = this.#writer.begin();
    const at = writer.p;
    writeVerdict(writer, xid, verdict, detail);
    target.reply(this.#writer.end(writer, at));
    const observer = this.#observer;
    if (observer !== null) observer.answered(entry, verdict, start < 0 ? 0 : observer.now() - start);
  }
}

function dropReason(h: RpcHeader): DropReason {
  if (h.msgType === MsgType.REPLY) return 'unexpected_reply';
  return h.status === HeaderStatus.BAD_MSGTYPE ? 'msg_type' : 'header';
}

/** Stands for arguments that cannot be decoded; undefined is what void decodes to. */
const GARBAGE = Symbol('garbage arguments');

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
