import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { forEachPacket } from '../../../dissector/capture/index.ts';
import { Inspection } from '../../../dissector/inspect.ts';

const path = (name: string) => fileURLToPath(new URL(`../../../captures/${name}.pcapng`, import.meta.url));

/** The columns and some fields of a capture's packets that are not bare TCP. */
async function shown(name: string, names: readonly string[], keys = true): Promise<string[]> {
  const inspection = new Inspection();
  inspection.walker.attachSummary();
  const defs = names.map((n) => inspection.walker.registry.find(n)!);
  const collector = inspection.collect(defs);
  const lines: string[] = [];
  inspection.addOutput(
    {
      frame(frame, pdus) {
        const { protocol, info } = inspection.walker.summary(frame, pdus);
        if (protocol === 'TCP') return;
        const values = defs.map((def) => {
          const slot = collector.slot(def)!;
          return slot.values.slice(0, slot.count).join(',');
        });
        lines.push([`${protocol} ${info}`, ...values].join(' | ').trimEnd());
      },
    },
    false,
  );
  await forEachPacket(path(name), (packet, capture) => {
    inspection.packet(packet, keys ? capture : { interfaces: capture.interfaces });
  });
  inspection.finish();
  return lines;
}

describe('walk TLS', () => {
  it('names records as tshark does, before the keys and with them', async () => {
    expect(
      (await shown('tls13-oncilla-starttls', ['tls.record.content_type', 'rpc.procedure'], false)).slice(
        0,
        5,
      ),
    ).to.deep.equal([
      'Portmap V2 NULL Call |  | 0',
      'Portmap V2 NULL Reply (Call In 4) |  | 0',
      'TLSv1 Client Hello | 22 |',
      'TLSv1.3 Server Hello, Change Cipher Spec, Application Data, Application Data, Application Data, Application Data | 22,20 |',
      'TLSv1.3 Change Cipher Spec, Application Data, Application Data | 20 |',
    ]);
  });

  it('shows the handshake, RPC and the end behind the keys', async () => {
    const lines = await shown('tls13-oncilla-starttls', ['tls.handshake.type', 'tls.alert_message.desc']);
    expect(lines.find((line) => line.includes('Server Hello'))).to.equal(
      'TLSv1.3 Server Hello, Change Cipher Spec, Encrypted Extensions, Certificate, Certificate Verify, Finished | 2,8,11,15,20 |',
    );
    expect(
      lines.some((line) =>
        line.startsWith('TLSv1.3 Alert (Level: Warning, Description: Close Notify) |  | 0'),
      ),
    ).to.equal(true);
  });
});
