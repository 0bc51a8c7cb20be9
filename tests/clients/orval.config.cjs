module.exports = {
  passwordReset: {
    input: '../../docs/openapi.json',
    output: { target: 'generated/orval.ts', client: 'fetch', baseUrl: process.env.PASSWORD_RESET_URL },
  },
};
