/**
 * What makes calls: a peer over a connection, or a client over UDP. Those who only call know nothing else of it.
 */
import type { Procedure } from '../codec/rpc/program.ts';
import type { CallOptions } from '../transport/peer-types.ts';

export interface Caller {
  /** Resolves with the decoded result; rejects with RpcError, or with the aborted signal's reason. */
  call(
    program: number,
    version: number,
    procedure: Procedure,
    args: unknown,
    options?: CallOptions,
  ): Promise<unknown>;
  close(): void;
}
