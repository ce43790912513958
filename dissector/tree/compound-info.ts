/**
 * The operations of a compound message in one line, as its program declares them (codec/rpc): `LOOKUP a | GETATTR`.
 * Bytes may be anything: what cannot be decoded ends the line early. Never throws.
 */
import { annotateArguments, annotateResult } from '../../codec/rpc/annotate-body.ts';
import { locateGssBody, newGssBody } from '../../codec/rpc/auth/index.ts';
import type { Compound, DeclaredProcedure } from '../../codec/rpc/declarations.ts';
import { newHeader, parseHeader } from '../../codec/rpc/message.ts';
import {
  armKey,
  codecOf,
  enumNames,
  getField,
  isXdrError,
  resolve,
  type UnionType,
  type XdrType,
} from '../../codec/xdr/index.ts';
import type { Pdu } from '../session/pdu.ts';
