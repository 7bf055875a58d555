// The API's shapes, as the pages use them. Times within a call are seconds on
// its media clock; wall times are ISO strings.

export type Party = 'customer' | 'agent' | 'unknown';
export type Role = 'agent' | 'supervisor' | 'qc' | 'trainer' | 'admin';
export type Verdict = 'accepted' | 'dismissed' | 'later';

export interface Escalation {
  level: number;
  raised: boolean;
  why: string[] | null;
}

export interface Call {
  id: string;
  state: 'ringing' | 'live' | 'finished';
  from: string;
  to: string;
  agent: string;
  queue: string;
  language: string;
  kind: 'live' | 'simulation' | 'recording' | '';
  created: string;
  answered: string | null;
  ended: string | null;
  duration: number;
  ending: string;
  reason: string;
  score: number | null;
  off?: Record<string, string>;
  escalation?: Escalation;
  muted?: boolean;
}

export interface Word {
  text: string;
  start: number;
  end: number;
  confidence: number;
}

export interface Slot {
  kind: string;
  value: string;
  said: string;
  at: number;
}

export interface Advice {
  id: string;
  moment: string;
  forms: string[] | null;
  ear?: string;
  line: string;
  steps?: string[];
  source?: string;
  quote?: string;
  quote_at: number;
  urgent?: boolean;
  private?: boolean;
  waited: number;
  expires: number;
}

interface Head {
  seq: number;
  at: number;
}

interface Spoken {
  party: Party;
  start: number;
  end: number;
  text: string;
  display?: string;
  confidence?: number;
  words?: Word[];
  slots?: Slot[];
}

// Event is one line of a call's log. Types the pages do not show are left out
// on purpose: the reducer passes over what it does not know.
export type Event = Head &
  (
    | { type: 'started'; call: string; from: string; to: string; agent?: string; queue?: string; language: string; fields?: Record<string, string> }
    | { type: 'answered' }
    | { type: 'speech'; party: Party; on: boolean }
    | { type: 'partial'; party: Party; start: number; end: number; text: string; stable?: string }
    | ({ type: 'utterance' } & Spoken)
    | ({ type: 'revised'; of: number } & Spoken)
    | { type: 'stress'; party: Party; start: number; end: number; span: number; arousal: number; anger: number; tension: number; quality: number; why?: string[]; absent?: string }
    | { type: 'moment'; id: string; party?: Party; score: number; quote?: string; quote_at: number; why?: string }
    | ({ type: 'advice' } & Advice)
    | { type: 'held'; moment: string; reason: string; detail?: string; forms?: string[]; since: number }
    | { type: 'feedback'; advice: string; verdict: Verdict; by?: string }
    | { type: 'whisper'; id: string; text: string; by: string; state: 'start' | 'stop' | 'dropped'; why?: string }
    | { type: 'mute'; on: boolean; by?: string }
    | { type: 'hold'; by: Party; on: boolean }
    | { type: 'dtmf'; party: Party; digit: string }
    | { type: 'part'; name: string; on: boolean; why?: string; party?: Party }
    | { type: 'dropped'; where: string; count: number }
    | { type: 'fields'; fields: Record<string, string> }
    | ({ type: 'escalation' } & Escalation)
    | { type: 'ended'; ending: string; reason?: string }
  );

export interface Evidence {
  party: Party;
  at: number;
  end: number;
  quote: string;
}

export interface ReportItem {
  id: string;
  title: string;
  verdict: 'pass' | 'fail' | 'na' | 'unsure';
  weight: number;
  auto_fail?: boolean;
  why: string;
  source?: string;
  evidence?: Evidence[] | null;
}

export interface Report {
  scorecard: string;
  version: number;
  score: number;
  decided: number; // 0: the score means nothing
  auto_fail?: string;
  sections: { id: string; title: string; score: number | null; items: ReportItem[] }[] | null;
}

export interface User {
  name: string;
  display: string;
  role: Role;
  address: string;
  disabled: boolean;
}

export interface Me extends User {
  permissions: string[];
}

export interface Token {
  id: string;
  name: string;
  role: Role;
  user: string;
  created: string;
}

export interface AuditEntry {
  id: number;
  at: string;
  who: string;
  what: string;
  target: string;
  detail: string;
}

export interface Scenario {
  id: string;
  title: string;
  description: string;
  language: string;
  difficulty: string;
  minutes: number;
}

export interface Run {
  id: string;
  scenario: string;
  title: string;
  trainee: string;
  call: string;
  state: 'ringing' | 'running' | 'finished' | 'failed';
  started: string;
  score: number | null;
  conclusion: string;
  reason: string;
}

export interface Part {
  name: string;
  on: boolean;
  why?: string;
}
