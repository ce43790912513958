/**
 * What a driver, and the daemon before it, refuses or fails at: a code with libvirt's numbers and a sentence with
 * libvirt's words where it has some. Answered inside the result's union, never as an RPC error.
 */
import { virt_error_code } from '../../codec/programs/virt.gen.ts';
import type { DomainRef, NetworkRef } from './driver.ts';

type CodeName = Extract<keyof typeof virt_error_code, string>;

/** The closed set: virt_error_code's names without their prefix. */
export type DriverErrorCode = CodeName extends `VIRT_ERR_${infer Name}` ? Name : never;

export interface DriverErrorDetails {
  readonly domain?: DomainRef;
  readonly network?: NetworkRef;
  readonly detail?: string;
  readonly cause?: unknown;
}

export class DriverError extends Error {
  override readonly name = 'DriverError';
  readonly code: DriverErrorCode;
  readonly domain: DomainRef | undefined;
  readonly network: NetworkRef | undefined;
  readonly detail: string | undefined;

  constructor(code: DriverErrorCode, message: string, details: DriverErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.domain = details.domain;
    this.network = details.network;
    this.detail = details.detail;
  }

  /** libvirt's number */
  get number(): number {
    return virt_error_code[`VIRT_ERR_${this.code}`];
  }
}

export function isDriverError(error: unknown): error is DriverError {
  return error instanceof DriverError;
}

export function noDomain(which: string): DriverError {
  return new DriverError('NO_DOMAIN', `Domain not found: ${which}`);
}

export function noNetwork(which: string): DriverError {
  return new DriverError('NO_NETWORK', `Network not found: ${which}`);
}

/** The object is not in a state for it. */
export function invalid(why: string, details: DriverErrorDetails = {}): DriverError {
  return new DriverError('OPERATION_INVALID', `Requested operation is not valid: ${why}`, details);
}

export function xmlError(why: string): DriverError {
  return new DriverError('XML', `XML error: ${why}`);
}

export function invalidArgument(why: string): DriverError {
  return new DriverError('INVALID_ARG', `invalid argument: ${why}`);
}

/** A bound on what the daemon keeps was reached; nothing changed. */
export function tooMuch(what: string): DriverError {
  return new DriverError('LIMIT', `limit reached: ${what}`);
}
