import { expect } from 'chai';
import { ByteWriter, PsmlWriter } from '../../../dissector/output/index.ts';
import { TextSink } from '../tree/explain.ts';

describe('write psml', () => {
  it('has the columns, then a packet of sections', () => {
    const out = new TextSink();
    const writer = new PsmlWriter(new ByteWriter(out));
    writer.begin();
    const columns = { number: 1, time: '0.0', source: 'a', destination: 'b', protocol: 'TCP', length: 74 };
    writer.frame({ ...columns, info: '<&>' });
    writer.end();
    expect(out.text).to.match(
      /^<\?xml .*\?>\n<psml version="0" creator="wireshark\/4.0.17">\n<structure>\n<section>No\.<\/section>\n/,
    );
    expect(out.text).to.match(
      /<\/structure>\n\n<packet>\n<section>1<\/section>\n[\s\S]*<section>&lt;&amp;&gt;<\/section>\n<\/packet>\n\n<\/psml>\n$/,
    );
  });
});
