import { expect, test } from 'vitest';
import { sendTimes, wallTime } from './times';

test('Times to send are in the future and in order, and Monday is offered when it is not tomorrow', () => {
  for (let day = 1; day <= 14; day++) {
    const now = new Date(2026, 5, day, 22, 30);
    const times = sendTimes(now);
    expect(times.map((time) => time.at.getTime())).toEqual(
      [...times].map((time) => time.at.getTime()).sort((a, b) => a - b),
    );
    expect(times.every((time) => time.at > now)).toBe(true);
    expect(times.length).toBe(now.getDay() === 0 ? 2 : 3);
  }
});

test('A wall clock shows no zone', () => {
  expect(wallTime(new Date(2026, 0, 2, 3, 4))).toBe('2026-01-02T03:04');
});
