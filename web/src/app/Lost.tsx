import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { Compass, TriangleAlert } from 'lucide-react';
import { Blank } from '@/parts/States';
import { words } from '@/words';

/** An address that leads nowhere: a page of its own, or the inside of one. */
export function Nowhere({ isPage = true }: { isPage?: boolean }) {
  const navigate = useNavigate();
  return (
    <Blank isPage={isPage} icon={Compass} title={words.problems.nowhere.title} text={words.problems.nowhere.text}>
      <Button variant="default" onClick={() => navigate({ to: '/' })}>
        {words.problems.nowhere.home}
      </Button>
    </Blank>
  );
}

/** A screen that threw. Drafts and what waits to be sent are in the browser's storage: a reload loses nothing. */
export function Broken() {
  return (
    <Blank isPage icon={TriangleAlert} title={words.problems.page.title} text={words.problems.page.text}>
      <Button onClick={() => location.reload()}>{words.problems.page.reload}</Button>
    </Blank>
  );
}
