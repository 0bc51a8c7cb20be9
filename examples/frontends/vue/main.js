import '@example/password-reset-react/elements';
import '@example/password-reset-react/styles.css';
import { createApp } from 'vue';
import App from './App.vue';

createApp(App).mount('#app');
