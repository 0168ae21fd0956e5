/* Signing with OpenSSL: with care, and as most programs do. */
#ifndef WXSIGN_BENCH_PEERS_H
#define WXSIGN_BENCH_PEERS_H

typedef struct {
    char nonce[33];
    unsigned long long timestamp;
    char signature[41];
} answer;

extern const char ticket[];
/* Where the page is; a variable, so that the compiler does not know it. */
extern const char *volatile url;

void fail(const char *what);

/* Before anything else. */
void peers_begin(void);

/* These sign with the nonce and the timestamp that are there. */
void sign_with_one_call(answer *to);
void sign_with_fetched(answer *to);
void sign_as_usual(answer *to);

/* Strong randomness, drawn for many nonces at a time, and for each. */
void nonce_from_pool(answer *to);
void nonce_as_usual(answer *to);

#endif
