/**
 * A typed client of one program version over a peer: procedures by name, arguments and results as the description
 * has them. Errors are RpcError's (see Peer.call); a name that the program lacks is a TypeError at once.
 * Connecting again is the caller's.
 */
import type { Declarations } from '../codec/rpc/declarations.ts';
import type { OpaqueAuth, Procedure, Program } from '../codec/rpc/index.ts';
import { systemClock } from '../transport/clock.ts';
import { type ConnectOptions, connect } from '../transport/connect.ts';
import { Peer, type PeerOptions } from '../transport/peer.ts';
import type { CallOptions, Service } from '../transport/peer-types.ts';
import type { Target } from '../transport/target.ts';
import { TimerWheel } from '../transport/timer-wheel.ts';

/** Arguments and result of each procedure, by name. What generated interfaces fill in; unknown by default. */
export type Procedures = Readonly<Record<string, { readonly args: unknown; readonly result: unknown }>>;

// biome-ignore lint/suspicious/noExplicitAny: without an interface every procedure takes and gives anything
type Untyped = Record<string, { args: any; result: any }>;

export class Client<P extends Procedures = Untyped> {
  readonly peer: Peer;
  readonly program: Program;
  readonly version: number;
  readonly #procedures: ReadonlyMap<string, Procedure>;
  readonly #declared: Declarations['procedures'];

  /** Throws TypeError for a version that the program lacks. */
  constructor(peer: Peer, program: Program, version: number, declarations?: Declarations) {
    this.peer = peer;
    this.program = program;
    this.version = version;
    const described = program.versions.find((one) => one.number === version);
    if (described === undefined) throw new TypeError(`${program.name} has no version ${version}`);
    this.#procedures = new Map(described.procedures.map((procedure) => [procedure.name, procedure]));
    this.#declared = declarations?.procedures;
  }

  /** Calls a procedure and resolves with its result. */
  call<N extends keyof P & string>(
    name: N,
    args: P[N]['args'],
    options: CallOptions = {},
  ): Promise<P[N]['result']> {
    const procedure = this.#procedures.get(name);
    if (procedure === undefined) throw new TypeError(`${this.program.name} ${this.version} has no ${name}`);
    const declared =
      this.#declared !== undefined && Object.hasOwn(this.#declared, name) ? this.#declared[name] : undefined;
    return this.peer.call(
      this.program.number,
      this.version,
      procedure,
      args,
      declared === undefined ? options : { ...options, declared },
    );
  }

  /** Serves a program to the other side: callbacks, events. */
  serve(service: Service): void {
    this.peer.serve(service);
  }

  close(deadlineMs?: number): void {
    this.peer.close(deadlineMs);
  }
}

export interface ClientOptions extends ConnectOptions, Pick<PeerOptions, 'services' | 'onClose'> {
  /** deadline of a call, in milliseconds; `timeoutMs` is the connection's */
  readonly callTimeoutMs?: number;
  readonly credential?: OpaqueAuth;
  readonly declarations?: Declarations;
}

/** Connects to a target. Rejects with TransportError. */
export async function connectClient<P extends Procedures = Untyped>(
  target: Target | string,
  program: Program,
  version: number,
  options: ClientOptions = {},
): Promise<Client<P>> {
  const { services, onClose, callTimeoutMs, credential, declarations, ...transport } = options;
  const wheel = options.wheel ?? new TimerWheel(systemClock);
  const duplex = await connect(target, { ...transport, wheel });
  const peer = new Peer(duplex, {
    wheel,
    ...(transport.dialect !== undefined && { dialect: transport.dialect }),
    ...(services !== undefined && { services }),
    ...(onClose !== undefined && { onClose }),
    ...(callTimeoutMs !== undefined && { timeoutMs: callTimeoutMs }),
    ...(credential !== undefined && { credential }),
  });
  return new Client<P>(peer, program, version, declarations);
}
