import { expect, test } from 'vitest';
import { agentOf } from './agent';

test('browsers are called what people call them', () => {
  const chrome =
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';
  expect(agentOf(chrome)).toEqual({ program: 'Chrome', system: 'Linux', isPhone: false });
  expect(agentOf(`${chrome.replace('X11; Linux x86_64', 'Windows NT 10.0; Win64; x64')} Edg/142.0.0.0`)).toEqual({
    program: 'Edge',
    system: 'Windows',
    isPhone: false,
  });
  expect(
    agentOf(
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
    ),
  ).toEqual({ program: 'Safari', system: 'iPhone', isPhone: true });
});

test('a program that nobody knows keeps its own name', () => {
  expect(agentOf('parley-cli/1.0')).toBeUndefined();
  expect(agentOf(null)).toBeUndefined();
});
