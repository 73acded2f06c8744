package dev.fencekv.cli.shell;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                " put a 1",
                "put users/7/password hunter2",
                "put db/PASSWD x",
                "put app/api-key abcd",
                "put app/apiKey abcd",
                "pt users/7/token abcd",
                "put session-token=abcd 1",
                "put a '{\"client_secret\":\"x\"}'",
                "put a 'Authorization: Bearer abcd'",
                "put ssh/private_key x",
                "session bind --nonce 0123",
                "login --password x",
                "txn\nput users/7/secret x\nend"
            })
    void whatMayBeASecretIsNotKept(String line) {
        assertThat(Secrets.mayBeIn(line)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "put a 1",
                "lock revoke nightly --token 33",
                "put acct/7 100 --fence billing:33",
                "get -o json a",
                "guard set pass/ --lock L"
            })
    void othersAre(String line) {
        assertThat(Secrets.mayBeIn(line)).isFalse();
    }
}
