import { expect } from 'chai';
import { hashSync } from 'bcryptjs';
import { ThreadHasher } from '../../../src/web/passwords/hasher.ts';
import { MAX_WAITING, MAX_WAITING_PER_CLIENT, WaitingRoom } from '../../../src/web/passwords/waiting-room.ts';

describe('WaitingRoom', () => {
  function enterAll(room: WaitingRoom<string>, client: string, count: number): number {
    return Array.from({ length: count }, (_, index) => room.enter(`${client} ${index}`, client)).filter(Boolean).length;
  }

  function callAll(room: WaitingRoom<string>): string[] {
    const called: string[] = [];
    for (let one = room.call(); one !== undefined; one = room.call()) called.push(one);
    return called;
  }

  it('calls everybody once, and nobody when it is empty', () => {
    const room = new WaitingRoom<string>();
    enterAll(room, 'a', 3);
    enterAll(room, 'b', 2);
    expect(callAll(room).toSorted()).to.deep.equal(['a 0', 'a 1', 'a 2', 'b 0', 'b 1']);
    expect(room.call()).to.equal(undefined);
  });

  it('gives one client as good a chance as another with a hundred', () => {
    let turns = 0;
    for (let round = 0; round < 400; round += 1) {
      const room = new WaitingRoom<string>();
      enterAll(room, 'guesser', MAX_WAITING_PER_CLIENT);
      enterAll(room, 'prometheus', 1);
      turns += callAll(room).indexOf('prometheus 0');
    }
    // One on average, and about fifty if the lot fell to each equally.
    expect(turns / 400).to.be.lessThan(2);
  });

  it('calls in no order that who comes first or last could use', () => {
    const firsts = new Set<string | undefined>();
    for (let round = 0; round < 400; round += 1) {
      const room = new WaitingRoom<string>();
      enterAll(room, 'a', 5);
      firsts.add(room.call());
    }
    expect(firsts.size).to.equal(5);
  });

  it('takes a bounded number of each client, and of all', () => {
    const room = new WaitingRoom<string>();
    expect(enterAll(room, 'a', MAX_WAITING_PER_CLIENT + 5)).to.equal(MAX_WAITING_PER_CLIENT);
    for (let client = 1; client < MAX_WAITING / MAX_WAITING_PER_CLIENT; client += 1) {
      enterAll(room, `client ${client}`, MAX_WAITING_PER_CLIENT);
    }
    expect(room.enter('late', 'another')).to.equal(false);
    room.call();
    expect(room.enter('late', 'another')).to.equal(true);
  });

  it('calls nobody who has left', () => {
    const room = new WaitingRoom<string>();
    enterAll(room, 'a', 2);
    expect(room.leave('a 0', 'a')).to.equal(true);
    expect(room.leave('a 0', 'a')).to.equal(false);
    expect(callAll(room)).to.deep.equal(['a 1']);
    expect(enterAll(room, 'a', MAX_WAITING_PER_CLIENT)).to.equal(MAX_WAITING_PER_CLIENT);
  });
});

describe('ThreadHasher', () => {
  it('gives up on who has waited too long, and goes on', async () => {
    const slow = `$2b$12$${'.'.repeat(53)}`;
    const hasher = new ThreadHasher(20);
    const first = hasher.compare({ password: 'x', hash: slow }, 'a');
    expect(await hasher.compare({ password: 'y', hash: slow }, 'a')).to.equal(undefined);
    expect(await first).to.equal(false);
    expect(await hasher.compare({ password: 'z', hash: hashSync('z', 4) }, 'a')).to.equal(true);
  });
});
