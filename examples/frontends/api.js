/** Where the API is: `make run` by default. The page's origin must be one of the service's `ALLOWED_ORIGINS`. */
export const apiUrl = import.meta.env.VITE_API_URL ?? 'http://127.0.0.1:8000';
