/**
 * Which call a portmapper was asked to make (CALLIT), remembered for the reply that has its results. Bounded: the
 * oldest go. Arguments that are not what they should be are remembered as nothing; never throws.
 */
import {
  AuthFlavor,
  type CallNumbers,
  type DeclaredProcedure,
  innerNumbers,
  newHeader,
  parseHeader,
} from '../../codec/rpc/index.ts';
import { codecOf, isXdrError } from '../../codec/xdr/index.ts';
import type { Pdu } from '../session/pdu.ts';

export class InnerCalls {
  readonly #limit: number;
  /** by CallRecord.ordinal */
  readonly #numbers = new Map<number, CallNumbers>();
  readonly #header = newHeader();

  constructor(limit = 4096) {
    this.#limit = limit;
  }

  /** Takes a call of a procedure that is declared to hold another. */
  note({ procedure, declared }: DeclaredProcedure, pdu: Pdu): void {
    const { call, view, off, buf } = pdu;
    if (declared.innerCall === undefined || call === null || call.flavor === AuthFlavor.RPCSEC_GSS) return;
    const end = off + pdu.len;
    parseHeader(view, off, end, this.#header, 0xffffffff);
    const { bodyOff } = this.#header;
    if (bodyOff < 0) return;
    try {
      const { value } = codecOf(procedure.argument, { bytes: 'view' }).decodeAt(buf, bodyOff, end);
      const numbers = innerNumbers(declared.innerCall, value);
      if (numbers !== undefined) this.#numbers.set(call.ordinal, numbers);
    } catch (e) {
      if (!isXdrError(e)) throw e;
    }
    if (this.#numbers.size <= this.#limit) return;
    // an eighth at a time: a Map that loses its first entry again and again is slow to walk
    for (const oldest of this.#numbers.keys()) {
      this.#numbers.delete(oldest);
      if (this.#numbers.size <= this.#limit - this.#limit / 8) return;
    }
  }

  /** The call that a reply has the results of; undefined where it was not seen. */
  of({ call }: Pdu): CallNumbers | undefined {
    return call === null ? undefined : this.#numbers.get(call.ordinal);
  }
}
