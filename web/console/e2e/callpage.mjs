// Opens one finished call in a real Chromium and checks that a reviewer finds
// what happened: the words of both sides, the advice, the report, the recording.
// TestTwoPhonesHoldAWholeCall starts it.
import { chromium } from 'playwright-core';
import assert from 'node:assert/strict';

const { CONSOLE, PASSWORD, CHROMIUM, PROFILE, CALL, WORDS, QUOTE, SHOT } = process.env;
const args = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required'];
const context = await chromium.launchPersistentContext(PROFILE, {
  executablePath: CHROMIUM, args, viewport: { width: 1280, height: 720 }, locale: 'en-GB',
});
context.setDefaultTimeout(20_000);
const page = context.pages()[0] ?? (await context.newPage());
const complaints = [];
page.on('pageerror', (e) => complaints.push(String(e)));
try {
  await page.goto(CONSOLE);
  await page.waitForSelector('input[autocomplete=username]');
  await page.keyboard.type('admin');
  await page.keyboard.press('Tab');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /Sign out/ }).waitFor();
  await page.goto(`${CONSOLE}/calls/${CALL}`);
  for (const words of JSON.parse(WORDS)) await page.getByText(words).first().waitFor();
  await page.getByText(QUOTE).first().waitFor({ state: 'attached' });
  await page.getByRole('tab').first().waitFor();
  const verdicts = await page.getByText(/^\W*(Met|Not met|Did not apply|Not certain)$/).count();
  assert.ok(verdicts > 3, `the report shows ${verdicts} verdicts`);
  const audio = await page.evaluate(async (id) => {
    const r = await fetch(`/api/calls/${id}/recording.wav`);
    const b = await new AudioContext({ sampleRate: 8000 }).decodeAudioData(await r.arrayBuffer());
    return { channels: b.numberOfChannels, seconds: b.duration };
  }, CALL);
  assert.equal(audio.channels, 2);
  console.log(JSON.stringify(audio));
  if (SHOT) await page.screenshot({ path: SHOT });
  assert.deepEqual(complaints, []);
} finally {
  await context.close();
}
