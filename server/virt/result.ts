/**
 * What a driver gives → the union that is answered. A DriverError becomes the union's error; anything else is thrown
 * on, and the engine answers SYSTEM_ERR and reports it.
 */
import { uuidBytes } from '../../codec/programs/uuid.ts';
import {
  VIRT_TEXT_MAX,
  type virt_error,
  virt_error_level,
  virt_status,
} from '../../codec/programs/virt.gen.ts';
import type { DomainRef, NetworkRef } from '../drivers/driver.ts';
import { type DriverError, isDriverError } from '../drivers/error.ts';

export type Result<T> = T | Promise<T>;

export type Ok<Body> = { readonly status: typeof virt_status.VIRT_OK } & Body;
export type Failed = { readonly status: typeof virt_status.VIRT_FAILED; readonly error: virt_error };

/** `errorDomain`: who reports, where the error is one. */
export function answer<Body extends object>(
  work: () => Result<Body>,
  errorDomain: number,
): Result<Ok<Body> | Failed> {
  const failure = (e: unknown): Failed => {
    if (!isDriverError(e)) throw e;
    return { status: virt_status.VIRT_FAILED, error: errorOf(e, errorDomain) };
  };
  try {
    const body = work();
    return body instanceof Promise ? body.then(ok, failure) : ok(body);
  } catch (e) {
    return failure(e);
  }
}

/** `f` of a result, when it is there. */
export function map<T, U>(result: Result<T>, f: (value: T) => U): Result<U> {
  return result instanceof Promise ? result.then(f) : f(result);
}

export function wireDomain({ id, uuid, name }: DomainRef): { id: number; uuid: Uint8Array; name: string } {
  return { id, uuid: uuidBytes(uuid), name };
}

export function wireNetwork({ uuid, name }: NetworkRef): { uuid: Uint8Array; name: string } {
  return { uuid: uuidBytes(uuid), name };
}

/** At most `bytes` of UTF-8, whole characters; bytes that were no text are replaced. */
export function bounded(text: string, bytes: number): string {
  const encoded = Buffer.from(text);
  if (encoded.length <= bytes) return encoded.toString();
  return `${new TextDecoder().decode(encoded.subarray(0, bytes - 3), { stream: true })}…`;
}

function ok<Body extends object>(body: Body): Ok<Body> {
  return { status: virt_status.VIRT_OK, ...body };
}

function errorOf({ number, message, domain, network, detail }: DriverError, errorDomain: number): virt_error {
  return {
    code: number,
    domain: errorDomain,
    level: virt_error_level.VIRT_LEVEL_ERROR,
    message: bounded(message, VIRT_TEXT_MAX),
    dom: domain === undefined ? null : wireDomain(domain),
    net: network === undefined ? null : wireNetwork(network),
    detail: detail === undefined ? null : bounded(detail, VIRT_TEXT_MAX),
  };
}
