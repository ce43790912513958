/**
 * node:crypto, loaded when there is something to decrypt: few captures hold TLS, and it takes every start 5 ms.
 */
export function nodeCrypto(): typeof import('node:crypto') {
  return process.getBuiltinModule('node:crypto');
}
