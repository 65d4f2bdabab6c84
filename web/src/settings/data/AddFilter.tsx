import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Choice, Sentence } from '@/parts/Choice';
import { dataWords as say } from '@/words/data';
import { type Column, needsValue } from './data';
import styles from './data.module.css';

/** One condition more. */
export function AddFilter({ columns, onAdd }: { columns: Column[]; onAdd: (filter: string) => void }) {
  const [column, setColumn] = useState(columns[0]?.name ?? '');
  const [operator, setOperator] = useState('eq');
  const [value, setValue] = useState('');
  const isReady = !needsValue(operator) || value !== '';
  return (
    <form
      className={styles.add}
      onSubmit={(event) => {
        event.preventDefault();
        if (!isReady) return;
        onAdd(needsValue(operator) ? `${column}.${operator}.${value}` : `${column}.${operator}`);
        setValue('');
      }}
    >
      <Sentence>
        <Choice
          label={say.column}
          value={column}
          options={columns.map((one) => ({ value: one.name, name: one.name }))}
          onChange={setColumn}
        />
        <Choice
          label={say.operator}
          value={operator}
          options={Object.entries(say.operators).map(([key, name]) => ({ value: key, name }))}
          onChange={setOperator}
        />
      </Sentence>
      {needsValue(operator) && (
        <TextInput
          aria-label={say.value}
          placeholder={say.value}
          value={value}
          maxLength={400}
          onChange={(event) => setValue(event.currentTarget.value)}
        />
      )}
      <Button type="submit" variant="default" disabled={!isReady}>
        {say.add}
      </Button>
    </form>
  );
}
