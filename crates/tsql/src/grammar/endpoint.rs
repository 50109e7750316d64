//! CREATE and ALTER ENDPOINT.

use std::net::IpAddr;

use duologue_messages::sql_error;

use crate::ast::{
    EncryptionRequirement, EndpointAlgorithm, EndpointAuthentication, EndpointEncryption, EndpointOptions,
    EndpointState, EndpointStatement, Ident, ListenerIp, ServiceBrokerOptions, StatementKind, TcpOptions,
    WindowsAuthentication,
};
use crate::errors::{Parsed, not_built};
use crate::parser::Parser;
use crate::token::TokenKind;

impl Parser<'_> {
    pub(crate) fn create_endpoint(&mut self) -> Parsed<StatementKind> {
        let name = self.ident()?;
        let authorization = self.authorization()?;
        let options = self.endpoint_options()?;
        if options.tcp.is_none() || options.service_broker.is_none() {
            return self.unexpected();
        }
        endpoint(EndpointStatement::Create { name, authorization, options })
    }

    pub(crate) fn alter_endpoint(&mut self) -> Parsed<StatementKind> {
        let name = self.ident()?;
        endpoint(EndpointStatement::Alter { name, options: self.endpoint_options()? })
    }

    fn endpoint_options(&mut self) -> Parsed<EndpointOptions> {
        let mut options = EndpointOptions::default();
        while let Some(words) = self.eat_any(&["STATE =", "AFFINITY ="]) {
            if words == "STATE =" {
                options.state = Some(self.entry(&[
                    ("STARTED", EndpointState::Started),
                    ("STOPPED", EndpointState::Stopped),
                    ("DISABLED", EndpointState::Disabled),
                ])?);
            } else if self.eat_any(&["NONE", "ADMIN"]).is_none() {
                self.integer()?;
            }
            self.skip(",");
        }
        if self.at("AS HTTP") {
            return not_built("ENDPOINT AS HTTP");
        }
        options.tcp = self.opt("AS TCP", Parser::tcp_options)?;
        for payload in ["FOR TSQL", "FOR DATABASE_MIRRORING", "FOR DATA_MIRRORING", "FOR SOAP"] {
            if self.at(payload) {
                return not_built(format!("ENDPOINT {payload}"));
            }
        }
        options.service_broker = self.opt("FOR SERVICE_BROKER", Parser::service_broker_options)?;
        Ok(options)
    }

    /// Commas between options are optional in the documentation and demanded by its examples.
    fn tcp_options(&mut self) -> Parsed<TcpOptions> {
        let mut options = TcpOptions::default();
        self.expect("(")?;
        loop {
            let start = self.position();
            let fresh = match self.expect_one(&["LISTENER_PORT =", "LISTENER_IP ="])? {
                "LISTENER_PORT =" => options.port.replace(self.integer()?).is_none(),
                _ => options.ip.replace(self.listener_ip()?).is_none(),
            };
            self.duplicate_option(fresh, start)?;
            self.skip(",");
            if self.eat(")") {
                return Ok(options);
            }
        }
    }

    /// 7816 for an option that is given twice.
    fn duplicate_option(&self, fresh: bool, start: usize) -> Parsed<()> {
        if fresh {
            return Ok(());
        }
        let option = &self.text[self.span_between(start, start + 1)];
        Err(sql_error!(7816, option).at_line(self.line_of(start)).into())
    }

    fn listener_ip(&mut self) -> Parsed<ListenerIp> {
        if self.eat("ALL") {
            return Ok(ListenerIp::All);
        }
        self.expect("(")?;
        let address = self.ip_address()?;
        let mask = self.opt(":", Parser::ip_address)?;
        self.expect(")")?;
        Ok(match mask {
            Some(mask) => ListenerIp::Masked { address, mask },
            None => ListenerIp::Address(address),
        })
    }

    /// A quoted address, or a bare IPv4 address, which is two numbers with a point each to the lexer.
    fn ip_address(&mut self) -> Parsed<IpAddr> {
        let line = self.line();
        let written = if self.at_string() {
            self.string()?
        } else {
            let start = self.position();
            while matches!(self.peek().kind, TokenKind::Integer | TokenKind::Decimal | TokenKind::Symbol("."))
            {
                self.advance();
            }
            if self.position() == start {
                return self.unexpected();
            }
            self.text[self.span_from(start)].split_whitespace().collect()
        };
        written.parse().map_err(|_| sql_error!(7888).at_line(line).into())
    }

    fn service_broker_options(&mut self) -> Parsed<ServiceBrokerOptions> {
        let mut options = ServiceBrokerOptions::default();
        self.expect("(")?;
        if self.eat(")") {
            return Ok(options);
        }
        loop {
            self.service_broker_option(&mut options)?;
            self.skip(",");
            if self.eat(")") {
                return Ok(options);
            }
        }
    }

    fn service_broker_option(&mut self, options: &mut ServiceBrokerOptions) -> Parsed<()> {
        const NAMES: &[&str] =
            &["AUTHENTICATION =", "ENCRYPTION =", "MESSAGE_FORWARDING =", "MESSAGE_FORWARD_SIZE ="];
        let start = self.position();
        let fresh = match self.expect_one(NAMES)? {
            "AUTHENTICATION =" => options.authentication.replace(self.authentication()?).is_none(),
            "ENCRYPTION =" => options.encryption.replace(self.endpoint_encryption()?).is_none(),
            "MESSAGE_FORWARDING =" => {
                let enabled = self.entry(&[("ENABLED", true), ("DISABLED", false)])?;
                options.message_forwarding.replace(enabled).is_none()
            }
            _ => options.message_forward_size.replace(self.integer()?).is_none(),
        };
        self.duplicate_option(fresh, start)
    }

    /// `WINDOWS [method]`, `CERTIFICATE name`, or both in the order of preference.
    fn authentication(&mut self) -> Parsed<EndpointAuthentication> {
        let windows_first = self.at("WINDOWS");
        let mut windows = self.opt_windows()?;
        let certificate: Option<Ident> = self.opt("CERTIFICATE", Parser::ident)?;
        if !windows_first {
            windows = self.opt_windows()?;
        }
        if windows.is_none() && certificate.is_none() {
            return self.unexpected();
        }
        Ok(EndpointAuthentication { windows, certificate, windows_first })
    }

    fn opt_windows(&mut self) -> Parsed<Option<WindowsAuthentication>> {
        if !self.eat("WINDOWS") {
            return Ok(None);
        }
        let method = self.opt_entry(&[
            ("NTLM", WindowsAuthentication::Ntlm),
            ("KERBEROS", WindowsAuthentication::Kerberos),
            ("NEGOTIATE", WindowsAuthentication::Negotiate),
        ]);
        Ok(Some(method.unwrap_or(WindowsAuthentication::Negotiate)))
    }

    fn endpoint_encryption(&mut self) -> Parsed<EndpointEncryption> {
        let requirement = self.entry(&[
            ("DISABLED", EncryptionRequirement::Disabled),
            ("SUPPORTED", EncryptionRequirement::Supported),
            ("REQUIRED", EncryptionRequirement::Required),
        ])?;
        let mut algorithms = Vec::new();
        if requirement != EncryptionRequirement::Disabled && self.eat("ALGORITHM") {
            const ALGORITHMS: &[(&str, EndpointAlgorithm)] =
                &[("AES", EndpointAlgorithm::Aes), ("RC4", EndpointAlgorithm::Rc4)];
            algorithms.push(self.entry(ALGORITHMS)?);
            if self.at_any(&["AES", "RC4"]) {
                let start = self.position();
                let second = self.entry(ALGORITHMS)?;
                self.once(algorithms[0] != second, start)?;
                algorithms.push(second);
            }
        }
        Ok(EndpointEncryption { requirement, algorithms })
    }
}

fn endpoint(statement: EndpointStatement) -> Parsed<StatementKind> {
    Ok(StatementKind::Endpoint(Box::new(statement)))
}
