<?php
// PHP's FFI loads the shared library and reads the header.
// usage: php -d ffi.enable=1 foreign.php LIBRARY HEADER
[, $library, $path] = $argv;
$header = shell_exec('cc -E -P ' . escapeshellarg($path));
$c = FFI::cdef(substr($header, strpos($header, 'typedef enum')), $library);
$ticket = 'sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg';
[$nonce, $url, $page] = ['Wm3WZYTPz0wzccnW', 'http://mp.weixin.qq.com?params=value', 'https://example.com/'];

function check(bool $right, string $what): void
{
    if (!$right) {
        fwrite(STDERR, "$what\n");
        exit(1);
    }
}

$signature = $c->new('char[41]');
$status = $c->wxsign_sign($ticket, strlen($ticket), $nonce, strlen($nonce), 1414587457, $url, strlen($url), $signature, null);
check($status === 0 && FFI::string($signature, 40) === '0f9de62fce790f9a083d5c99e95740ceb90c27ed', 'sign');

[$options, $client, $error] = [$c->wxsign_options_new(), $c->new('wxsign_client *[1]'), $c->new('wxsign_error *[1]')];
check($c->wxsign_client_new($options, $client, $error) === 1, 'a client without options');
check(str_contains($c->wxsign_error_message($error[0]), 'wxsign_options_set_'), 'the message');
$c->wxsign_error_free($error[0]);
check($c->wxsign_options_set_app_id($options, 'wx1', 3, null) === 0, 'app_id');
check($c->wxsign_options_set_ticket($options, $ticket, strlen($ticket), null) === 0, 'ticket');
check($c->wxsign_client_new($options, $client, null) === 0, 'client');
$config = $c->new('wxsign_config');
$config->struct_size = FFI::sizeof($config);
check($c->wxsign_client_config($client[0], $page, strlen($page), 0, FFI::addr($config), null) === 0, 'config');
check(strlen(FFI::string($config->signature, 40)) === 40, 'its signature');
$c->wxsign_client_free($client[0]);
$c->wxsign_options_free($options);
