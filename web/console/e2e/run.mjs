// Drives the console in a real Chromium. TestConsoleInARealBrowser starts it,
// reads the steps it prints, and plays the call. Fails on the first thing that
// is not as it should be, on any script error and on any refused style or
// script. SHOTS=folder leaves pictures of every page.
import { chromium } from 'playwright-core';
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';

const { CONSOLE, PASSWORD, CHROMIUM, PROFILE, SHOTS } = process.env;
const args = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required'];
const context = await chromium.launchPersistentContext(PROFILE, {
  executablePath: CHROMIUM, args, viewport: { width: 1280, height: 720 }, locale: 'en-GB', reducedMotion: 'reduce', colorScheme: 'light',
});
context.setDefaultTimeout(15_000);
const page = context.pages()[0] ?? (await context.newPage());
const complaints = [];
page.on('console', (m) => {
  // The browser itself reports every 401 and 404; those are asked for here.
  if (m.type() === 'error' && !/status of (401|404)/.test(m.text())) complaints.push(m.text());
});
page.on('pageerror', (e) => complaints.push(String(e)));
const play = (step) => console.log(`PLAY ${step}`);
const text = (t) => page.getByText(t).first();

async function shoot(name, sizes = [[1280, 720], [1920, 1080]]) {
  if (!SHOTS) return;
  mkdirSync(SHOTS, { recursive: true });
  for (const [width, height] of sizes) {
    await page.setViewportSize({ width, height });
    await page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => setTimeout(done, 150)); }));
    await page.screenshot({ path: `${SHOTS}/${name}-${width}.png` });
  }
  await page.setViewportSize({ width: 1280, height: 720 });
}

async function language(l) {
  await page.evaluate((to) => localStorage.setItem('sidetone.language', to), l);
  await page.reload();
}

// Keyboard alone: name and password are typed, Enter signs in.
async function signIn(name, password = PASSWORD) {
  await page.goto(CONSOLE);
  await page.waitForSelector('input[autocomplete=username]');
  await page.keyboard.type(name);
  await page.keyboard.press('Tab');
  await page.keyboard.type(password);
  await page.keyboard.press('Enter');
}

async function signOut() {
  await page.getByRole('button', { name: /Sign out|退出登录/ }).click();
  await page.waitForSelector('input[autocomplete=username]');
}

async function agentLive() {
  await signIn('mei', 'not the password');
  await text('Wrong user name or password').waitFor();
  await shoot('signin-en');
  await signIn('mei');
  await text('Ready for the next call').waitFor();
  await shoot('desk-waiting-en', [[1280, 720]]);
  play('live1 start');
  await page.locator('.unsettled').waitFor(); // words still being heard
  const row = await page.locator('.turn').first().boundingBox();
  play('live1 tip');
  await text('Could you give me your order number').waitFor({ state: 'detached' });
  await page.locator('[data-testid=tip]').getByText('Third call about this').waitFor();
  await text('This is Mei. How can I help you?').waitFor().catch(() => text('this is Mei. How can I help you?').waitFor());
  assert.equal(await page.locator('.turn.agent').count(), 1, 'the partial settled in its own line');
  assert.equal((await page.locator('.turn').first().boundingBox()).y, row.y, 'the first line moved');
  await text('Service guideline 4.2').waitFor();
  await page.keyboard.press('s');
  await text('Order a trace in the parcel tool.').waitFor();
  await shoot('desk-steps-en');
  const before = await page.locator('.tip-line').textContent();
  play('live1 second');
  await page.getByRole('button', { name: /1 new tip is waiting/ }).waitFor(); // it waits while the steps are read
  assert.equal(await page.locator('.tip-line').textContent(), before, 'the card changed under the reader');
  await text('4471092').waitFor();
  await page.keyboard.press('a');
  await page.locator('[data-testid=tip]').getByText('Offer the full refund').waitFor();
  await text('Spoken tips are off right now').waitFor();
  await text('Your own voice').waitFor();
  await shoot('desk-en');
  await page.keyboard.press('m');
  await text('The coach is silent').waitFor();
  await page.keyboard.press('m');
  await text('The coach is silent').waitFor({ state: 'detached' });
  await context.setOffline(true); // a lost line comes back where it was
  await context.setOffline(false);
}

async function board() {
  await signIn('sue');
  await text('1 call needs you').waitFor();
  await page.getByRole('button', { name: 'Whisper' }).first().click();
  await page.keyboard.type('offer the refund');
  await page.keyboard.press('Enter');
  await text('On its way').waitFor();
  await shoot('board-en');
  await page.getByRole('link', { name: 'Follow' }).first().click();
  await page.locator('[data-testid=tip]').waitFor();
  assert.equal(await page.getByText('Your own voice').count(), 0, 'a supervisor sees the agent’s own voice');
  await shoot('follow-en');
  await signOut();
}

async function callPage() {
  await page.getByRole('link', { name: 'Calls' }).click();
  await page.getByRole('searchbox').fill('consumer office');
  await page.locator('tbody tr').first().waitFor();
  assert.equal(await page.locator('tbody tr').count(), 1, 'the search found one call');
  await shoot('calls-en', [[1280, 720]]);
  await page.locator('tbody a').first().click();
  await text('So it is lost.').waitFor();
  await page.getByTestId('report').getByText('Takes ownership of the delay').waitFor();
  const playButton = page.getByRole('button', { name: 'Play', exact: true });
  await page.waitForFunction(() => !document.querySelector('[aria-label=Play]')?.hasAttribute('disabled'));
  await page.locator('.evidence').nth(1).click(); // jumps to 34 s and plays
  await page.waitForFunction(() => document.querySelector('.turn.active')?.textContent?.includes('order a trace today'));
  await page.getByRole('button', { name: 'Pause' }).waitFor();
  await page.waitForFunction(() => /0:3[5-9]/.test(document.querySelector('.player .timer')?.textContent ?? '')); // it plays
  await page.getByRole('button', { name: 'Pause' }).click();
  await playButton.waitFor();
  await shoot('call-en');
  await page.getByRole('tab', { name: /Tips/ }).click();
  await text('The same tip was given a short while ago').waitFor();
  await shoot('call-tips-en', [[1280, 720]]);
  await page.locator('.turn-text').nth(3).click();
  await page.waitForFunction(() => document.querySelectorAll('.turn')[3]?.classList.contains('active'));
}

async function chinesePages() {
  await language('zh');
  await signIn('wang');
  await text('等待下一个来电').waitFor();
  play('live2 start');
  play('live2 tip');
  await page.locator('[data-testid=tip]').getByText('第三次来电').waitFor();
  play('live2 second');
  await page.locator('[data-testid=tip]').getByText('全额退款').waitFor();
  await shoot('desk-zh');
  play('live2 end');
  await text('查看这次通话').waitFor();
  await page.getByRole('link', { name: '通话记录' }).click();
  await page.getByRole('searchbox').fill('消协'); // two characters
  await page.locator('tbody a').first().click();
  await text('那就是丢了').waitFor();
  await page.waitForFunction(() => !document.querySelector('[aria-label=播放]')?.hasAttribute('disabled'));
  await shoot('call-zh');
  if (SHOTS) {
    await page.getByRole('button', { name: '深色' }).click();
    await shoot('call-dark-zh', [[1280, 720]]);
    await page.getByRole('link', { name: '我的通话' }).click();
    await page.getByRole('link', { name: '模拟练习' }).click();
    await shoot('practice-dark-zh', [[1280, 720]]);
    await page.getByRole('button', { name: '浅色' }).click();
  }
  await signOut();
  await language('en');
}

async function adminPages() {
  await signIn('ada');
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('tab', { name: 'Users' }).click();
  await text('wang').waitFor();
  await shoot('users-en', [[1280, 720]]);
  await page.getByRole('tab', { name: 'Parts of the gateway' }).click();
  await text('flite is not installed').waitFor();
  await page.getByRole('link', { name: 'Practice' }).click();
  await text('Late parcel').waitFor();
  await shoot('practice-en', [[1280, 720]]);
  await signOut();
}

let failed = 1;
try {
  await agentLive();
  await callPage();
  await signOut();
  await board();
  await chinesePages();
  await adminPages();
  assert.deepEqual(complaints, [], 'the browser complained');
  failed = 0;
} catch (e) {
  console.error(e);
  console.error('the page says:', (await page.locator('body').innerText().catch(() => '')).slice(0, 1500));
  console.error('complaints:', complaints);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/failed.png` });
} finally {
  await context.close();
}
process.exit(failed);
