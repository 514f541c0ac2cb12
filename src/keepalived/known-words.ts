/**
 * The words that keepalived knows, by block.
 *
 * Source: each word of the manuals and of the programs was given to `keepalived -t` of 2.1.5, 2.2.7 and 2.3.4, alone in its block, and
 * counts as unknown where it said "Unknown keyword". What 2.4 added is from its release notes.
 */

export interface Newer {
  /** The first of those that were tried that knows it. */
  readonly since: readonly [number, number, number];
  /** The last of those that does not. */
  readonly last: readonly [number, number, number];
  readonly words: string;
}

export interface KnownWords {
  /** To all of them. */
  readonly words: string;
  readonly newer: readonly Newer[];
}

export const KNOWN_WORDS: Readonly<Record<string, KnownWords>> = {
  '': {
    words: `
      SSL bfd_instance child_wait_time garp_group global_defs instance linkbeat_interfaces linkbeat_use_polling
      namespace_with_ipsets net_namespace net_namespace_ipvs static_ipaddress static_routes static_rules track_file
      track_group use_pid_dir virtual_server virtual_server_group vrrp_instance vrrp_script vrrp_sync_group
      vrrp_track_file vrrp_track_process`,
    newer: [
      {
        since: [2, 2, 7],
        last: [2, 1, 5],
        words: `
        interface_up_down_delays`,
      },
    ],
  },
  global_defs: {
    words: `
      bfd_cpu_affinity bfd_no_swap bfd_priority bfd_process_name bfd_rlimit_rttime bfd_rt_priority
      checker_cpu_affinity checker_log_all_failures checker_no_swap checker_priority checker_rlimit_rttime
      checker_rt_priority dbus_service_name default_interface dynamic_interfaces enable_dbus enable_script_security
      enable_snmp_checker enable_snmp_rfc enable_snmp_rfcv2 enable_snmp_rfcv3 enable_snmp_vrrp enable_traps
      log_unknown_vrids lvs_flush lvs_flush_onstop lvs_netlink_cmd_rcv_bufs lvs_netlink_cmd_rcv_bufs_force
      lvs_netlink_monitor_rcv_bufs lvs_netlink_monitor_rcv_bufs_force lvs_notify_fifo lvs_notify_fifo_script
      lvs_process_name lvs_sync_daemon lvs_timeouts max_auto_priority min_auto_priority_delay nftables
      nftables_counters nftables_ifindex nftables_priority no_checker_emails no_email_faults notification_email
      notification_email_from notify_fifo notify_fifo_script process_monitor_rcv_bufs process_monitor_rcv_bufs_force
      process_name process_names random_seed reload_repeat reload_time_file router_id rs_init_notifies script_user
      shutdown_script shutdown_script_timeout smtp_alert smtp_alert_checker smtp_alert_vrrp smtp_connect_timeout
      smtp_helo_name smtp_server snmp_socket startup_script startup_script_timeout umask vrrp_check_unicast_src
      vrrp_cpu_affinity vrrp_garp_interval vrrp_garp_lower_prio_delay vrrp_garp_lower_prio_repeat
      vrrp_garp_master_delay vrrp_garp_master_refresh vrrp_garp_master_refresh_repeat vrrp_garp_master_repeat
      vrrp_gna_interval vrrp_higher_prio_send_advert vrrp_lower_prio_no_advert vrrp_mcast_group4 vrrp_mcast_group6
      vrrp_min_garp vrrp_netlink_cmd_rcv_bufs vrrp_netlink_cmd_rcv_bufs_force vrrp_netlink_monitor_rcv_bufs
      vrrp_netlink_monitor_rcv_bufs_force vrrp_no_swap vrrp_notify_fifo vrrp_notify_fifo_script
      vrrp_notify_priority_changes vrrp_priority vrrp_process_name vrrp_rlimit_rtime vrrp_rlimit_rttime
      vrrp_rt_priority vrrp_rx_bufs_multiplier vrrp_rx_bufs_policy vrrp_skip_check_adv_addr vrrp_startup_delay
      vrrp_strict vrrp_version`,
    newer: [
      {
        since: [2, 2, 7],
        last: [2, 1, 5],
        words: `
        checker_process_name config_save_dir data_use_instance disable_local_igmp fifo_write_vrrp_states_on_reload
        include_check lvs_flush_on_stop nftables_ipvs nftables_ipvs_priority nftables_ipvs_start_fwmark
        reload_check_config reload_file tmp_config_directory vmac_addr_prefix vmac_prefix vrrp_down_timer_adverts
        vrrp_garp_extra_if vrrp_iptables vrrp_vmac_garp_intvl`,
      },
      {
        since: [2, 3, 4],
        last: [2, 2, 7],
        words: `
        dbus_no_interface_name iproute_etc_dir iproute_usr_dir json_version snmp_rs_stats_update_interval
        snmp_vs_stats_update_interval use_symlink_paths v3_checksum_as_v2`,
      },
      { since: [2, 4, 0], last: [2, 3, 4], words: 'vrrp_delay_after_boot' },
    ],
  },
  vrrp_instance: {
    words: `
      accept advert_int authentication check_unicast_src debug dont_track_primary garp_lower_prio_delay
      garp_lower_prio_repeat garp_master_delay garp_master_refresh garp_master_refresh_repeat garp_master_repeat
      higher_prio_send_advert interface kernel_rx_buf_size linkbeat_use_polling lower_prio_no_advert
      lvs_sync_daemon_interface mcast_src_ip native_ipv6 no_accept nopreempt notify notify_backup notify_deleted
      notify_fault notify_master notify_master_rx_lower_pri notify_priority_changes notify_stop old_unicast_checksum
      preempt preempt_delay priority promote_secondaries skip_check_adv_addr smtp_alert state strict_mode track_bfd
      track_file track_interface track_process track_script track_src_ip unicast_peer unicast_src_ip unicast_ttl
      use_ipvlan use_vmac version virtual_ipaddress virtual_ipaddress_excluded virtual_router_id virtual_routes
      virtual_rules vmac_xmit_base`,
    newer: [
      {
        since: [2, 2, 7],
        last: [2, 1, 5],
        words: `
        down_timer_adverts garp_extra_if mcast_dst_ip unicast_fault_no_peer use_vmac_addr vrf`,
      },
      {
        since: [2, 3, 4],
        last: [2, 2, 7],
        words: `
        no_virtual_ipaddress timer_expired_backup v3_checksum_as_v2`,
      },
      { since: [2, 4, 0], last: [2, 3, 4], words: 'auth_hmac' },
    ],
  },
  vrrp_script: {
    words: `
      fall init_fail interval rise script timeout user weight`,
    newer: [],
  },
  vrrp_sync_group: {
    words: `
      global_tracking group notify notify_backup notify_fault notify_master notify_stop smtp_alert
      sync_group_tracking_weight track_bfd track_file track_interface track_process track_script`,
    newer: [
      {
        since: [2, 2, 7],
        last: [2, 1, 5],
        words: `
        notify_priority_changes`,
      },
    ],
  },
  track_file: {
    words: `
      file init_file weight`,
    newer: [],
  },
  virtual_server: {
    words: `
      alpha connect_timeout delay_before_retry delay_loop ha_suspend hysteresis inhibit_on_failure ip_family lb_algo
      lb_kind lvs_method lvs_sched omega ops persistence_engine persistence_granularity persistence_timeout protocol
      quorum quorum_down quorum_up real_server retry smtp_alert sorry_server sorry_server_inhibit
      sorry_server_lvs_method virtualhost warmup weight`,
    newer: [
      {
        since: [2, 2, 7],
        last: [2, 1, 5],
        words: `
        snmp_name`,
      },
    ],
  },
  real_server: {
    words: `
      BFD_CHECK DNS_CHECK FILE_CHECK HTTP_GET MISC_CHECK PING_CHECK SMTP_CHECK SSL_GET TCP_CHECK UDP_CHECK alpha
      connect_timeout delay_before_retry delay_loop inhibit_on_failure lthreshold lvs_method notify_down notify_up
      retry smtp_alert uthreshold virtualhost warmup weight`,
    newer: [
      {
        since: [2, 2, 7],
        last: [2, 1, 5],
        words: `
        snmp_name`,
      },
    ],
  },
  authentication: {
    words: `
      auth_pass auth_type`,
    newer: [],
  },
  TCP_CHECK: {
    words: `
      alpha bind_if bind_port bindto connect_ip connect_port connect_timeout delay_before_retry delay_loop fwmark
      log_all_failures retry warmup`,
    newer: [],
  },
  MISC_CHECK: {
    words: `
      alpha delay_before_retry delay_loop log_all_failures misc_dynamic misc_path misc_timeout retry user warmup`,
    newer: [],
  },
  HTTP_GET: {
    words: `
      alpha bind_if bind_port bindto connect_ip connect_port connect_timeout delay_before_retry delay_loop
      enable_sni fast_recovery fwmark http_protocol log_all_failures nb_get_retry retry url virtualhost warmup`,
    newer: [],
  },
  SMTP_CHECK: {
    words: `
      alpha bind_if bind_port bindto connect_ip connect_port connect_timeout delay_before_retry delay_loop fwmark
      helo_name host log_all_failures retry warmup`,
    newer: [],
  },
};
