import { expect } from 'chai';
import { MARK_COMMENT, Notes } from '../../../tui/trace/notes.ts';
import { captureFile, open } from '../opened.ts';

describe('tui/trace/notes', () => {
  it('marks, comments and tags packets, and lists them in order', async () => {
    const opened = await open(captureFile('nfs3-libnfs.pcap'));
    const notes = new Notes(opened.capture.trace);
    expect(notes.toggleMark(9)).to.equal(true);
    notes.setText(4, ' slow #disk #first ');
    expect([notes.isMarked(9), notes.textOf(4), notes.tagsOf(4)]).to.deep.equal([
      true,
      'slow #disk #first',
      ['#disk', '#first'],
    ]);
    expect(notes.commentsOf(9)).to.deep.equal([MARK_COMMENT]);
    const rows = notes.rows();
    expect([rows.length, rows.get(0), rows.get(1), notes.unsaved]).to.deep.equal([2, 4, 9, 2]);
    notes.toggleMark(9);
    expect(notes.rows().length).to.equal(1);
    opened.close();
  });
});
