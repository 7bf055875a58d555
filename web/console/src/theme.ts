import { createTheme, DEFAULT_THEME, type MantineColorsTuple } from '@mantine/core';

// The darkest shade of these is too light for words on its own tint (WCAG AA).
function darker(name: string, ink: string): MantineColorsTuple {
  const shades = [...DEFAULT_THEME.colors[name]!] as string[];
  shades[9] = ink;
  return shades as unknown as MantineColorsTuple;
}

export const theme = createTheme({
  primaryColor: 'cyan',
  primaryShade: 9,
  colors: { yellow: darker('yellow', '#7a4a00'), orange: darker('orange', '#a63c00'), teal: darker('teal', '#066649'), red: darker('red', '#b02020') },
  autoContrast: true,
  luminanceThreshold: 0.32,
  defaultRadius: 'md',
  respectReducedMotion: true,
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans SC", "WenQuanYi Zen Hei", sans-serif',
  headings: { fontWeight: '600', sizes: { h1: { fontSize: '1.5rem' }, h2: { fontSize: '1.15rem' }, h3: { fontSize: '1rem' } } },
  components: {
    Badge: { defaultProps: { radius: 'sm', tt: 'none', fw: 600, size: 'lg' } },
    Table: { defaultProps: { verticalSpacing: 'sm' } },
  },
});
