import { expect } from 'chai';
import { readXml } from '../../../cli/virt/read-xml.ts';
import { fakeIo } from '../fake-io.ts';

describe('cli/virt/read-xml', () => {
  it('reads standard input', async () => {
    const io = fakeIo({ stdin: [Buffer.from('<a>'), Buffer.from('é</a>')] });
    expect(await readXml('-', io)).to.equal('<a>é</a>');
  });

  it('refuses what is not UTF-8, instead of sending something else', async () => {
    for (const text of ['<a>é</a>', '<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>']) {
      const io = fakeIo({ stdin: [Buffer.from(text, 'latin1')] });
      expect(await readXml('-', io).catch((e: Error) => e.message)).to.contain('is not UTF-8');
    }
  });

  it('refuses more than a definition can have, and files that are not there', async () => {
    const io = fakeIo({ stdin: [Buffer.alloc(262_145)] });
    expect(await readXml('-', io).catch((e: Error) => e.message)).to.contain('262144');
    expect(await readXml('/nowhere', fakeIo()).catch((e: Error) => e.message)).to.contain('no such file');
  });
});
