import i18n from 'i18next';
import { initReactI18next } from 'react-i18next';
import { en } from './en';
import { zh } from './zh';

export type Language = 'en' | 'zh';
const KEY = 'sidetone.language';

function wanted(): Language {
  const kept = localStorage.getItem(KEY);
  if (kept === 'en' || kept === 'zh') return kept;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

export function setLanguage(l: Language): void {
  localStorage.setItem(KEY, l);
  void i18n.changeLanguage(l);
  document.documentElement.lang = l === 'zh' ? 'zh-CN' : 'en';
}

export function startWords(): void {
  const l = wanted();
  void i18n.use(initReactI18next).init({
    lng: l, fallbackLng: 'en', resources: { en: { translation: en }, zh: { translation: zh } },
    interpolation: { escapeValue: false }, // React escapes
    initAsync: false,
  });
  document.documentElement.lang = l === 'zh' ? 'zh-CN' : 'en';
}
