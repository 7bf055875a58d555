import { Anchor, Center, Loader, Text } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Navigate, Route, Routes, useParams } from 'react-router';
import { SignIn } from './pages/SignIn';
import { Empty } from './parts/Empty';
import { Shell } from './parts/Shell';
import { useSession } from './session';

// Each page is its own file to fetch: an agent never waits for the player.
const Desk = lazy(() => import('./pages/Desk').then((m) => ({ default: m.Desk })));
const Follow = lazy(() => import('./pages/Follow').then((m) => ({ default: m.Follow })));
const Board = lazy(() => import('./pages/Board').then((m) => ({ default: m.Board })));
const Calls = lazy(() => import('./pages/Calls').then((m) => ({ default: m.Calls })));
const CallPage = lazy(() => import('./pages/CallPage').then((m) => ({ default: m.CallPage })));
const Practice = lazy(() => import('./pages/Practice').then((m) => ({ default: m.Practice })));
const Settings = lazy(() => import('./pages/Settings').then((m) => ({ default: m.Settings })));

export function App() {
  const { me, failed } = useSession();
  const { t } = useTranslation();
  if (me === undefined) {
    return <Center h="100dvh">{failed ? <Text role="alert">{t('common.offline')}</Text> : <Loader aria-label={t('common.loading')} />}</Center>;
  }
  if (me === null) return <SignIn />;
  const home = me.role === 'agent' ? '/desk' : me.role === 'supervisor' || me.role === 'admin' ? '/board' : '/calls';
  return (
    <Shell>
      <Suspense fallback={<Center h="60dvh"><Loader aria-label={t('common.loading')} /></Center>}>
        <Routes>
          <Route path="/" element={<Navigate to={home} replace />} />
          <Route path="/desk" element={<Desk />} />
          <Route path="/live/:id" element={<Keyed page={Follow} />} />
          <Route path="/board" element={<Board />} />
          <Route path="/calls" element={<Calls />} />
          <Route path="/calls/:id" element={<Keyed page={CallPage} />} />
          <Route path="/practice" element={<Practice />} />
          <Route path="/settings" element={<Settings />} />
          <Route path="*" element={<Empty title={t('common.notFound')}><Anchor component={Link} to="/">{t('common.home')}</Anchor></Empty>} />
        </Routes>
      </Suspense>
    </Shell>
  );
}

// Keyed gives each call a page of its own, so that nothing of the last one stays.
function Keyed({ page: Page }: { page: (p: { id: string }) => React.ReactNode }) {
  const { id = '' } = useParams();
  return <Page key={id} id={id} />;
}
