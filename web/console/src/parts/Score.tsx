import { Badge, Text } from '@mantine/core';

// Score shows 0..100; the number carries the meaning, the colour only helps.
export function Score({ value, big }: { value: number | null | undefined; big?: boolean }) {
  if (value === null || value === undefined) return <Text c="dimmed">–</Text>;
  const color = value >= 80 ? 'teal' : value >= 60 ? 'yellow' : 'red';
  return <Badge className="score" size={big ? 'xl' : 'lg'} variant="light" color={color}>{Math.round(value)}</Badge>;
}
