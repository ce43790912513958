/**
 * Values that people and programs hand over, held against zod. The encoder refuses exactly what the schema refuses
 * (codec/xdr tests that), so on the way out zod is asked only after a refusal, and says why in a person's words.
 */
import { RpcError } from '../codec/rpc/index.ts';
import { isXdrError, loadZod, schemaOf, type XdrType } from '../codec/xdr/index.ts';

const SHOWN_ISSUES = 8;

/** Why `value` is no value of `type`: an RpcError BAD_VALUE that names the fields, with `refusal` as its cause. */
export async function explainRefusal(
  what: string,
  type: XdrType,
  value: unknown,
  refusal: unknown,
): Promise<RpcError> {
  await loadZod();
  return new RpcError('BAD_VALUE', `${what}: ${reasons(type, value) ?? text(refusal)}`, { cause: refusal });
}

/** Throws RpcError BAD_VALUE where the schema refuses. zod must have been loaded (`loadZod`). */
export function checkAgainstSchema(what: string, type: XdrType, value: unknown): void {
  const why = reasons(type, value);
  if (why !== null) throw new RpcError('BAD_VALUE', `${what}: ${why}`);
}

function reasons(type: XdrType, value: unknown): string | null {
  const result = schemaOf(type).safeParse(value);
  if (result.success) return null;
  const { issues } = result.error;
  const lines = issues.slice(0, SHOWN_ISSUES).map(({ path, message }) => {
    const at = path.map(String).join('.');
    return at === '' ? message : `${at}: ${message}`;
  });
  if (issues.length > SHOWN_ISSUES) lines.push(`and ${issues.length - SHOWN_ISSUES} more`);
  return lines.join('; ');
}

function text(error: unknown): string {
  if (isXdrError(error) && error.path !== '') return `${error.path}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
