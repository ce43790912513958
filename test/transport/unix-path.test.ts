import * as fs from 'node:fs';
import * as net from 'node:net';
import { expect } from 'chai';
import {
  defaultSocket,
  prepareSocketDirectory,
  privately,
  removeStaleSocket,
} from '../../transport/unix-path.ts';
import { scratch } from './streams.ts';

describe('unix-path', () => {
  const { path, remove } = scratch();
  after(remove);

  it('refuses paths the kernel would cut off', () => {
    expect(() => prepareSocketDirectory(`/${'x'.repeat(106)}`)).not.to.throw();
    expect(() => prepareSocketDirectory(`/${'x'.repeat(107)}`)).to.throw('at most 107 bytes');
  });

  it('has one place for a daemon and its clients to meet', () => {
    expect(defaultSocket({ XDG_RUNTIME_DIR: '/run/user/7' }, 7)).to.equal('/run/user/7/oncilla/virt.sock');
    expect(defaultSocket({}, 0)).to.equal('/run/oncilla/virt.sock');
    for (const env of [{}, { XDG_RUNTIME_DIR: '' }, { XDG_RUNTIME_DIR: 'relative' }]) {
      expect(defaultSocket(env, 7)).to.match(/^\/.*\/\.cache\/oncilla\/virt\.sock$/);
    }
  });

  it('gives the file mask back whatever happens', () => {
    const before = process.umask();
    expect(privately(() => process.umask())).to.equal(0o177);
    expect(() =>
      privately(() => {
        throw new Error('no');
      }),
    ).to.throw('no');
    expect(process.umask()).to.equal(before);
  });

  it('removes nothing that lives', async () => {
    await removeStaleSocket(path('none'));
    const server = net.createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(path('live'), resolve));
    const error = await removeStaleSocket(path('live')).catch((e: Error) => e);
    expect(error).to.have.property('code', 'IN_USE');
    expect(fs.existsSync(path('live'))).to.equal(true);
    server.close();
  });
});
