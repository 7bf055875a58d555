// Every word a person reads. zh.ts must have the same keys; the compiler checks.
export const en = {
  app: 'Sidetone',
  nav: { desk: 'My call', board: 'Live calls', calls: 'Calls', practice: 'Practice', settings: 'Settings', signOut: 'Sign out', skip: 'Skip to the page', language: '中文', dark: 'Dark', light: 'Light' },
  signIn: {
    title: 'Sign in', name: 'User name', password: 'Password', go: 'Sign in', lead: 'The right help at the right moment, for your ears only.',
    first: 'First time here? The password of “admin” was printed once where the gateway was started. A new one: sidetone user password admin',
    again: 'You were signed out. Please sign in again.', wrong: 'Wrong user name or password.', wait: 'Too many tries. Wait ten seconds, then try again.',
  },
  common: {
    loading: 'Loading…', again: 'Try again', offline: 'The gateway cannot be reached. Check the network; this page keeps trying.', cancel: 'Cancel', save: 'Save', copy: 'Copy', copied: 'Copied',
    none: 'none', unknown: 'unknown', more: 'Show more', close: 'Close', remove: 'Remove', back: 'Back', notFound: 'There is no such page.', home: 'Go to the start page', error: 'That did not work',
  },
  party: { customer: 'Customer', agent: 'Agent', unknown: 'Speaker', you: 'You', coach: 'Coach' },
  state: { ringing: 'Ringing', live: 'In progress', finished: 'Finished' },
  kind: { live: 'Call', simulation: 'Practice', recording: 'Recording', '': 'Call' },
  ending: {
    customer_hung_up: 'Customer hung up', agent_hung_up: 'Agent hung up', cancelled: 'Caller gave up while it rang', no_answer: 'No answer', busy: 'Busy', declined: 'Declined',
    unreachable: 'Could not be reached', media_lost: 'The line went silent', shutdown: 'The gateway was stopped', broken_off: 'Broken off', failed: 'Failed', recording: 'End of the recording', '': '',
  },
  part: {
    hearing: 'No transcript right now', meaning: 'Some tips are off right now', voice: 'Spoken tips are off right now', recording: 'This call is not being recorded', store: 'This call is not being saved right now',
    stress: 'No mood curve right now', coach: 'No tips right now', other: '{{name}} is off right now', stop: '.', callOk: 'The call itself is fine.', why: 'Why: {{why}}',
  },
  slot: { number: 'Number', amount: 'Amount', phone: 'Phone', order: 'Order', date: 'Date', email: 'E-mail', spelled: 'Spelled' },
  link: { connecting: 'Connecting…', lost: 'Connection lost. Coming back…', live: 'Connected' },
  desk: {
    waiting: 'Ready for the next call', waitingLead: 'As soon as your phone rings, the call appears here by itself. Nothing to click.', ringing: 'Your phone is ringing', over: 'Call ended', overLead: 'The next call appears here by itself.', review: 'Look at this call',
    notes: 'Noted for you', notesEmpty: 'Numbers, amounts and dates that are said appear here, ready to copy.', mood: 'How the customer sounds', moodLead: 'compared with this customer’s own calm voice', moodEmpty: 'The curve starts after a few seconds of the customer’s voice.',
    calm: 'calm', tense: 'tense', moodNow: 'Now: {{word}}', moodWords: { low: 'calm', mid: 'a little tense', high: 'tense', none: 'no voice to judge' },
    own: 'Your own voice', ownLead: 'only you see this', facts: 'About the customer', earlier: 'Earlier tips', transcript: 'What is being said', transcriptEmpty: 'The conversation appears here as it is spoken.', newest: 'Newest words ↓', notSure: 'still listening',
    mute: 'Silence the coach', unmute: 'Wake the coach', muted: 'The coach is silent. Nothing is shown or spoken until you wake it.', hangUp: 'Hang up', hold: 'On hold', keys: 'Keys',
  },
  card: {
    none: 'No tip right now', noneLead: 'You are doing fine. A tip appears here when it can help.', source: 'Source', heard: 'Heard at {{at}}:', accept: 'Helps', dismiss: 'Not now', later: 'Later', steps: 'Steps', hideSteps: 'Hide steps', private: 'Only you can see this', urgent: 'Now',
    waiting_one: '1 new tip is waiting', waiting_other: '{{count}} new tips are waiting', show: 'Show it', verdict: { accepted: 'Helped', dismissed: 'Not now', later: 'Later' }, inEar: 'also spoken in your ear', expired: 'no longer current',
  },
  board: {
    title: 'Live calls', empty: 'No call right now', emptyLead: 'Calls appear here the moment a phone rings.', alert: 'Needs you', watch: 'Follow', whisper: 'Whisper', whisperTo: 'Say into {{agent}}’s ear', whisperHint: 'Short is best: 3 to 8 words. The customer does not hear it.', send: 'Say it', sent: 'On its way to the agent’s ear.', muted: 'Coach silenced', off: 'Off: {{parts}}', agent: 'Agent', caller: 'Caller', time: 'Time', status: 'Status', queue: 'Queue', alerts_one: '1 call needs you', alerts_other: '{{count}} calls need you',
  },
  calls: {
    title: 'Calls', search: 'Search what was said, a number or a name', agent: 'Agent', from: 'From', until: 'To', score: 'Score', scoreAny: 'Any score', scoreLow: 'below 60', scoreMid: '60 to 80', scoreHigh: '80 and more', empty: 'No calls yet', emptyLead: 'Finished calls are listed here, with what was said and how it went.', nothing: 'No call matches', nothingLead: 'Try fewer words, another spelling, or a wider range of days.', clear: 'Clear the search', when: 'When', caller: 'Caller', length: 'Length', ending: 'How it ended', kind: 'Kind', open: 'Open call of {{when}}',
  },
  call: {
    title: 'Call', play: 'Play', pause: 'Pause', back5: 'Back 5 seconds', on5: 'On 5 seconds', speed: 'Speed', noRecording: 'There is no recording of this call.', noRecordingLead: 'Recording was off, or the file was removed. The transcript and the report are still here.', loadingAudio: 'Loading the recording…', transcript: 'Transcript', report: 'Quality report', tips: 'Tips', details: 'Details', mood: 'Mood',
    customerLeft: 'customer', agentRight: 'agent', noReport: 'No quality report yet', noReportLead: 'It is made by itself when a call ends.', score: 'Score', autoFail: 'This item alone fails the call', verdict: { pass: 'Met', fail: 'Not met', na: 'Did not apply', unsure: 'Not certain' }, jump: 'Play from {{at}}', given: 'Given', heldBack: 'Held back', noTips: 'No tip was given or held back in this call.', whisper: 'Whisper', whisperBy: 'whisper by {{who}}', whispers: 'Whispers', dropped: 'not spoken: {{why}}', waited: 'waited {{s}} s for a good moment', follow: 'Follow along', noLines: 'Nothing was heard in this call.', live: 'This call is in progress.', goLive: 'Follow it live', marks: 'Marks on the timeline', unsureWords: 'Faint words were heard with little certainty.', moodEmpty: 'There is no mood curve for this call.',
  },
  held: {
    cooldown: 'The same tip was given a short while ago', most: 'This tip had been given often enough in this call', budget: 'Enough tips had been given in this call', expired: 'No good moment came in time', replaced: 'A better tip took its place', dose: 'This agent needs less help with this', muted: 'The agent had silenced the coach', speaking: 'Not spoken in the ear, because the agent was talking', ended: 'The call ended first',
  },
  practice: {
    title: 'Practice', lead: 'A simulated customer rings your phone, speaks, listens and reacts. Afterwards you get the same report as on a real call.', start: 'Ring my phone', startFor: 'Ring the phone', phone: 'Phone address', phoneHint: 'for example sip:mei@10.0.0.7:5060; empty: the phone set for this user', trainee: 'Trainee (user name)', started: 'Your phone rings in a moment. Pick up and talk.', minutes: 'about {{n}} min', difficulty: { easy: 'Easy', medium: 'Medium', hard: 'Hard' }, results: 'Results', noResults: 'No practice calls yet', noResultsLead: 'Choose a customer above; the first one is always the hardest.', none: 'No scenarios are installed', noneLead: 'Ask an administrator to turn simulations on.', state: { ringing: 'Ringing', running: 'Talking', finished: 'Finished', failed: 'Did not work' }, look: 'Look at the call', conclusion: 'Conclusion',
  },
  settings: {
    title: 'Settings', me: 'Me', users: 'Users', tokens: 'API tokens', audit: 'Who did what', health: 'Parts of the gateway', look: 'Look', language: 'Language', theme: 'Colours', auto: 'As the system', password: 'Change my password', old: 'Current password', new: 'New password', newHint: '10 characters or more; a few words are best', changed: 'Changed. Please sign in again.', name: 'User name', display: 'Name', role: 'Role', address: 'Phone address', disabled: 'May not sign in', add: 'Add a user', edit: 'Change {{name}}', setPassword: 'Password', keepPassword: 'Leave empty to keep it', removeUser: 'Remove {{name}}?', removeLead: 'They can no longer sign in. Their calls stay.',
    tokenFor: 'What it is for', tokenUser: 'Speaks for (user name, may be empty)', addToken: 'Make a token', tokenOnce: 'Copy it now. It is not shown again.', noTokens: 'No tokens yet', created: 'Made', when: 'When', who: 'Who', what: 'What', target: 'About', detail: 'Detail', noAudit: 'Nothing yet', on: 'On', off: 'Off', allOn: 'Everything is on.',
    roles: { agent: 'Agent', supervisor: 'Supervisor', qc: 'Quality', trainer: 'Trainer', admin: 'Administrator' },
  },
};

export type Words = typeof en;
