/**
 * A message on its way out. Most are one run of bytes; one that holds a long opaque comes in parts, so that the opaque
 * goes out from where its owner has it.
 */

/** A message's bytes, or its parts in order. Whoever hands one over leaves its bytes alone until they are out. */
export type Message = Uint8Array | readonly Uint8Array[];

/** How many bytes it has. */
export function messageBytes(message: Message): number {
  if (message instanceof Uint8Array) return message.length;
  let length = 0;
  for (const part of message) length += part.length;
  return length;
}

/** Its bytes in one run; a copy where it comes in parts. */
export function joined(message: Message): Uint8Array {
  return message instanceof Uint8Array ? message : Buffer.concat(message);
}

/** Its parts; the message itself where it is in one run. */
export function partsOf(message: Message): readonly Uint8Array[] {
  return message instanceof Uint8Array ? [message] : message;
}
