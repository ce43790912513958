import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { forEachPacket } from '../../../dissector/capture/for-each-packet.ts';
import { CaptureParser } from '../../../dissector/capture/index.ts';
import { CaptureCopy } from '../../../dissector/capture/write-copy.ts';
import { Inspection } from '../../../dissector/inspect.ts';
import { DecryptedCopy } from '../../../dissector/output/index.ts';

const capture = (name: string) => fileURLToPath(new URL(`../../../captures/${name}`, import.meta.url));

/** The capture with what TLS carried in its place. `secrets` false: as if nobody had the keys. */
async function decrypted(file: string, secrets: boolean): Promise<Buffer> {
  const out: Buffer[] = [];
  const copy = new CaptureCopy({
    write: (bytes) => void out.push(Buffer.from(bytes)),
    format: 'pcapng',
    keyLogs: null,
  });
  const inspection = new Inspection();
  const writer = new DecryptedCopy(copy);
  inspection.addTap({ add: (frame, pdus) => writer.frame(frame, pdus, inspection.capture) }, true);
  await forEachPacket(file, (packet, info) =>
    inspection.packet(packet, secrets ? info : { interfaces: info.interfaces }),
  );
  return Buffer.concat(out);
}

/** xid and type of the messages of a capture, and how many of its segments are TLS. */
function messages(bytes: Buffer): string[] {
  const inspection = new Inspection();
  const found: string[] = [];
  inspection.addTap(
    {
      add(_frame, list) {
        for (let i = 0; i < list.count; i++) {
          const { kind, xid, msgtyp, decrypted: inside } = list.pdus[i]!;
          found.push(`${kind} ${xid} ${msgtyp}${inside ? ' decrypted' : ''}`);
        }
      },
    },
    false,
  );
  const parser = new CaptureParser();
  parser.reserve(bytes.length).set(bytes);
  parser.commit(bytes.length);
  parser.end();
  for (let packet = parser.next(); packet !== null; packet = parser.next()) inspection.packet(packet, parser);
  inspection.finish();
  return found;
}

describe('decrypted copy', () => {
  for (const file of [
    'tls13-oncilla-starttls.pcapng',
    'tls13-openssl-key-update.pcapng',
    'tls12-gnutls-cbc.pcapng',
  ]) {
    it(`has in the clear what ${file} has inside`, async () => {
      const original: string[] = [];
      const inspection = new Inspection();
      inspection.addTap(
        {
          add(_frame, list) {
            for (let i = 0; i < list.count; i++) {
              const { kind, xid, msgtyp } = list.pdus[i]!;
              original.push(`${kind} ${xid} ${msgtyp}`);
            }
          },
        },
        false,
      );
      await forEachPacket(capture(file), (packet, info) => inspection.packet(packet, info));
      inspection.finish();
      const copy = messages(await decrypted(capture(file), true));
      expect(copy.length).to.be.greaterThan(2);
      expect(copy).to.deep.equal(original);
      // without keys it is what it was
      expect(messages(await decrypted(capture(file), false))).to.not.deep.equal(copy);
    });
  }
});
