/**
 * What a daemon answered instead of a result: libvirt's numbers, the daemon's sentence. Errors of the call itself
 * stay RpcErrors, those of the way there TransportErrors.
 */
import { type virt_error, virt_error_code } from '../codec/programs/virt.gen.ts';

export class VirtError extends Error {
  override readonly name = 'VirtError';
  /** libvirt's number: virt_error_code, or one that came later */
  readonly code: number;
  /** who reports: virt_error_domain */
  readonly domain: number;
  readonly level: number;
  readonly detail: string | null;

  constructor({ code, domain, level, message, detail }: Omit<virt_error, 'dom' | 'net'>) {
    super(message);
    this.code = code;
    this.domain = domain;
    this.level = level;
    this.detail = detail;
  }

  /** The code's name, 'NO_DOMAIN'; its number where there is none. */
  get codeName(): string {
    const names: Readonly<Record<number, string>> = virt_error_code;
    return names[this.code]?.slice('VIRT_ERR_'.length) ?? String(this.code);
  }
}

export function isVirtError(e: unknown): e is VirtError {
  return e instanceof VirtError;
}
