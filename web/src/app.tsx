/*
 * Which page is shown: first who is there, then the address.  Until the server
 * has said that the login is good, nothing but setup and login exists.
 */
import { useEffect } from "preact/hooks";
import { AuthFrame } from "./parts/auth_frame";
import { Dialogs } from "./parts/dialog";
import { ReauthDialog } from "./parts/reauth_dialog";
import { Toasts } from "./parts/toasts";
import { AdminPage } from "./pages/admin";
import { ApprovalsPage } from "./pages/approvals";
import { ArchivedPage } from "./pages/archived";
import { ChatPage } from "./pages/chat";
import { InvitePage } from "./pages/invite";
import { LoginPage } from "./pages/login";
import { SettingsPage } from "./pages/settings";
import { SetupPage } from "./pages/setup";
import { Link, navigate, route } from "./router";
import { auth, refreshAuth } from "./state/auth";
import { inviteToken } from "./state/invite";
import { startLink, stopLink } from "./state/link";

const RETRY_MS = 3000;

/* Where a reader wanted to go who has to sign in first. */
let wanted = "/";

const WANTED_PAGES = ["chat", "settings", "admin", "approvals", "archived"];

function Unreachable({ message }: { message: string }) {
	useEffect(() => {
		const timer = setInterval(() => void refreshAuth(), RETRY_MS);
		return () => clearInterval(timer);
	}, []);
	return (
		<AuthFrame title="The server does not answer" lead={message}>
			<button type="button" class="button wide" onClick={() => void refreshAuth()}>
				Try again
			</button>
		</AuthFrame>
	);
}

function Missing() {
	return (
		<AuthFrame title="Nothing here" lead="This address leads to no page.">
			<Link to="/" class="button wide">Go to the conversations</Link>
		</AuthFrame>
	);
}

function SignedIn() {
	const at = route.value;
	const away = at.page === "login" || at.page === "setup";

	useEffect(() => {
		startLink();
		return stopLink;
	}, []);
	useEffect(() => {
		if (away)
			navigate(inviteToken.value === null ? wanted : "/invite", true);
	}, [away]);
	switch (at.page) {
	case "chat":
		return <ChatPage sessionKey={at.key} />;
	case "settings":
		return <SettingsPage section={at.section} />;
	case "admin":
		return <AdminPage section={at.section} />;
	case "approvals":
		return <ApprovalsPage />;
	case "archived":
		return <ArchivedPage />;
	case "invite":
		return <InvitePage />;
	case "missing":
		return <Missing />;
	case "login":
	case "setup":
		return null;
	}
}

function Gate() {
	const state = auth.value;
	const invited = route.value.page === "invite";

	useEffect(() => {
		if (state.phase === "setup")
			navigate("/setup", true);
		else if (state.phase === "anonymous" && !invited) {
			if (WANTED_PAGES.includes(route.value.page))
				wanted = location.pathname;
			if (route.value.page !== "login")
				navigate("/login", true);
		}
	}, [state.phase, invited]);
	switch (state.phase) {
	case "loading":
		return <div class="blank" role="status" aria-label="Loading" />;
	case "unreachable":
		return <Unreachable message={state.message} />;
	case "setup":
		return <SetupPage codeRequired={state.status.setup_code_required !== false} />;
	case "anonymous":
		return invited ? <InvitePage /> : <LoginPage />;
	case "ready":
		return <SignedIn />;
	}
}

export function App() {
	useEffect(() => {
		void refreshAuth();
	}, []);
	return (
		<>
			<Gate />
			<Toasts />
			<Dialogs />
			<ReauthDialog />
		</>
	);
}
