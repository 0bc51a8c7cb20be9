import { ForgotPassword, ResetPassword, useLinkToken } from '@example/password-reset-react';
import '@example/password-reset-react/styles.css';
import { createRoot } from 'react-dom/client';
import { apiUrl } from '../api.js';

const shared = {
  apiUrl,
  productName: 'Otter',
  signInUrl: '/sign-in',
  theme: { brand: '#7a2fd0', radius: '20px' },
  texts: { 'forgot.title': 'Locked out?' },
};

function Page() {
  // It leaves the address bar, and stays in memory.
  const token = useLinkToken();
  return token ? <ResetPassword {...shared} token={token} onDone={() => console.log('The password is changed.')} /> : <ForgotPassword {...shared} />;
}

createRoot(document.getElementById('app')).render(<Page />);
