#pragma once

#include <stddef.h>
#include <stdint.h>

// libcrypto's digests in one call each. Its own are macros and contexts that Swift does not see well;
// here each result is checked, and nothing outlives the call. All return 1 on success, else 0.

// SHA-256 of `count` bytes into the 32 of `digest`.
int ccrypto_sha256(const uint8_t *message, size_t count, uint8_t *digest);

// HMAC-SHA-256 into the 32 bytes of `code`. `key_count` may be 0.
int ccrypto_hmac_sha256(const uint8_t *key, size_t key_count, const uint8_t *message, size_t count,
                        uint8_t *code);

// MD5 into the 16 bytes of `digest`: a placement hash of Kinesis, no protection of anything.
int ccrypto_md5(const uint8_t *message, size_t count, uint8_t *digest);
