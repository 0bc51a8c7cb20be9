import { ForgotPassword, ResetPassword, takeToken } from '@example/password-reset-react';
import '@example/password-reset-react/styles.css';
import { createRoot } from 'react-dom/client';
import { apiUrl } from '../api.js';

// First of all: the token leaves the address bar, and stays in memory.
const token = takeToken(window.location, window.history);
const shared = {
  apiUrl,
  productName: 'Otter',
  signInUrl: '/sign-in',
  theme: { brand: '#7a2fd0', radius: '20px' },
  texts: { 'forgot.title': 'Locked out?' },
};

createRoot(document.getElementById('app')).render(
  token ? <ResetPassword {...shared} token={token} onDone={() => console.log('The password is changed.')} /> : <ForgotPassword {...shared} />,
);
