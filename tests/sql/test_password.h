/* The administrator's password that test_setup gives and test_login uses. */
#ifndef MOLTIS_TESTS_SQL_TEST_PASSWORD_H
#define MOLTIS_TESTS_SQL_TEST_PASSWORD_H

#define TEST_PASSWORD "violet harbour lantern"

#endif
