/** The program that the RPC bench calls, from the description that rpcgen has too: NULL, and an echo of opaque bytes. */
import { readFileSync } from 'node:fs';
import { parseIdl } from '../codec/idl/index.ts';
import type { Program } from '../codec/rpc/index.ts';

const SOURCE = readFileSync(new URL('./tirpc/bench.x', import.meta.url), 'utf8');

export const BENCH = parseIdl(SOURCE).programs[0] as Program;
