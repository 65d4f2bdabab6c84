import { reportWords as say } from '@/words/reports';
import { duration, longDay, number, type Responses, type Team } from './data';
import { Numbers, Part } from './Part';
import styles from './Reports.module.css';

export function TeamTable({ team }: { team: Team }) {
  return (
    <Part
      title={say.team.title}
      table={
        team.items.length === 0 ? (
          <p className={styles.none}>{say.team.none}</p>
        ) : (
          <Numbers
            label={say.team.title}
            head={[say.team.who, say.team.sent, say.team.failed, say.team.answered, say.team.median]}
            lines={team.items.map((one) => [
              one.name ?? say.team.kinds[one.kind] ?? one.kind,
              number(Number(one.sent)),
              number(Number(one.failed)),
              number(Number(one.answered)),
              duration(one.median_response),
            ])}
          />
        )
      }
    />
  );
}

export function ResponseTable({ responses }: { responses: Responses }) {
  return (
    <Part
      title={say.responses.title}
      table={
        <Numbers
          label={say.responses.title}
          head={[say.responses.day, say.responses.count, say.responses.median]}
          lines={[...responses.days]
            .reverse()
            .map((one) => [longDay(one.day), number(Number(one.count)), duration(one.median)])}
        />
      }
    />
  );
}
